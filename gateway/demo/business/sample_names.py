"""The names that the made-up business uses."""

from typing import Final

FIRST: Final = (
    *("Aldgate", "Birchwood", "Calder", "Dunmore", "Eastfield", "Fenwick", "Glasson"),
    *("Hartley", "Inverness", "Juniper", "Kestrel", "Lomond", "Māui", "Northgate"),
    *("O'Hara", "Pinecrest", "Quayside", "Rosewood", "Søndag", "Thornbury", "Ürgüp"),
    *("Valley & Vine", "Westmere", "Yarrow", "Zephyr"),
)
SECOND: Final = (
    *("Joinery", "Design Studio", "Catering", "Logistics", "Dental Care", "Cycles"),
    *("Roofing", "Florists", "Printing", "Tutoring", "Bakery", "Landscapes"),
    *("Café", "Physiotherapy", "Motors", "Events", "Bookkeeping", "Tea Rooms"),
)
VENDOR_SECOND: Final = (
    *("Wholesale", "Packaging", "Stationers", "Freight", "Utilities", "Timber"),
    *("Office Supply", "Telecom", "Cleaning", "Trade Paints"),
)
GIVEN: Final = ("Amara", "Ben", "Chloë", "David", "Esi", "Finn", "Grace", "Hemi", "Ines", "Jun")
FAMILY: Final = ("Adeyemi", "Brown", "Chen", "Díaz", "Evans", "Fox", "Gill", "Hughes", "Ito")
ITEMS: Final = (
    *("Consulting hour", "Site visit", "Delivery", "Oak panel", "Steel bracket"),
    *("Gift hamper", "Roasted beans", "Maintenance plan", "Repair kit", "Planter box"),
    *("Workshop seat", "Catalogue print", "LED lamp", "Safety vest", "Cable drum"),
)
CITIES: Final = ("Ashford", "Bexley", "Crawley", "Dover", "Epsom", "Frome", "Goole", "Hove")
