"""Inputs beyond a ledger's limits, and what each ledger makes of them."""

from typing import Any, Final, NamedTuple

from schemas.documents.document import DocumentType

CUSTOMER, VENDOR, ITEM = DocumentType.CUSTOMER, DocumentType.VENDOR, DocumentType.ITEM
ACCOUNT, INVOICE, BILL = DocumentType.ACCOUNT, DocumentType.INVOICE, DocumentType.BILL
PAYMENT = DocumentType.PAYMENT


class Input(NamedTuple):
    """One document that businesses write.

    Attributes:
        kind: The kind of the document.
        fields: The fields of it that matter.
        qbo: The code of the remark at QuickBooks; empty where it takes all as it is.
        xero: The code of the remark at Xero; empty where it takes all as it is.
    """

    kind: DocumentType
    fields: dict[str, Any]
    qbo: str
    xero: str


def one_line(description: str, **more: Any) -> dict[str, Any]:
    """The fields of a document of one line."""
    line = {"id": "1", "unit_price": "10.00", "description": description, **more}
    return {"lines": [{"item_id": "i1", **line}], "tax_mode": "none"}


def _lines(*lines: str) -> dict[str, Any]:
    return {"address": {"lines": list(lines), "city": "Oakland", "country": "US"}}


FIRST, BARE, REPLACED = "first_address", "marks_left_out", "marks_replaced"
NUMBER, JOINED, PLAIN = "first_number", "lines_joined", "plain_letters"
CUT, SHORT, OUT, ROUNDED = "cut", "shortened", "left_out", "rounded"
TWICE: Final = "+44 1234 567890 / +44 1234 567891"

INPUTS: Final = (
    Input(CUSTOMER, {"email": "office@tern.example, accounts@tern.example"}, FIRST, FIRST),
    Input(CUSTOMER, {"email": "office@tern.example;accounts@tern.example"}, FIRST, FIRST),
    Input(CUSTOMER, {"email": "office@tern.example accounts@tern.example"}, FIRST, FIRST),
    Input(CUSTOMER, {"email": "Office <office@tern.example>"}, FIRST, FIRST),
    Input(CUSTOMER, {"email": "none, office@tern.example"}, FIRST, FIRST),
    Input(CUSTOMER, {"email": f"{'a' * 100}@x.example"}, OUT, ""),
    Input(CUSTOMER, {"email": f"{'a' * 300}@x.example"}, OUT, OUT),
    Input(CUSTOMER, {"email": "nobody"}, OUT, OUT),
    Input(CUSTOMER, {"email": "a@b@tern.example"}, OUT, OUT),
    Input(CUSTOMER, {"email": "jürgen@example.com"}, OUT, OUT),
    Input(CUSTOMER, {"email": "info@müller.example"}, FIRST, FIRST),
    Input(CUSTOMER, {"email": "billing@corncrake.local"}, "", ""),
    Input(CUSTOMER, {"email": "o'brien+x@tern.example"}, "", ""),
    Input(CUSTOMER, {"email": "MAILTO:office@tern.example"}, FIRST, FIRST),
    Input(CUSTOMER, {"email": "office@tern.example."}, FIRST, FIRST),
    Input(CUSTOMER, {"email": "office@tern.example/accounts@tern.example"}, FIRST, FIRST),
    Input(CUSTOMER, {"email": '"the office"@tern.example'}, OUT, OUT),
    Input(CUSTOMER, {"email": "the..office@tern.example"}, OUT, OUT),
    Input(CUSTOMER, {"email": "office@[192.0.2.1]"}, OUT, OUT),
    Input(CUSTOMER, {"email": "office@tern.example, " * 60}, FIRST, FIRST),
    Input(CUSTOMER, {"phone": "+44 (0) 1234 567 890 extension 12345"}, NUMBER, ""),
    Input(CUSTOMER, {"phone": "+44 -- (0) -- 1234 -- 567 -- 890"}, BARE, ""),
    Input(CUSTOMER, {"phone": "+4 4 - 1 2 3 4 - 5 6 7 8 9 0 - 1"}, BARE, ""),
    Input(CUSTOMER, {"phone": "1-800-FLOWERS, and please ask for me"}, OUT, ""),
    Input(CUSTOMER, {"phone": TWICE}, NUMBER, ""),
    Input(CUSTOMER, {"phone": f"{TWICE}, +44 1234 567892 x"}, NUMBER, NUMBER),
    Input(CUSTOMER, {"phone": f"ask at the front desk for {'me ' * 20}"}, OUT, OUT),
    Input(CUSTOMER, {"phone": "1" * 70}, OUT, OUT),
    Input(CUSTOMER, {"name": "Fen: Peat & Turf"}, REPLACED, ""),
    Input(CUSTOMER, {"name": "Peat <Trading> Ltd"}, "", REPLACED),
    Input(CUSTOMER, {"name": '東京商事 \u2013 6" Хлеб ร้าน'}, "", ""),
    Input(CUSTOMER, {"name": "Tern " * 60}, "", SHORT),
    Input(CUSTOMER, {"name": "x: " * 166}, SHORT, SHORT),
    Input(CUSTOMER, {"company_name": "x" * 150}, CUT, ""),
    Input(CUSTOMER, {"given_name": "Ann: Mary"}, REPLACED, ""),
    Input(CUSTOMER, {"given_name": "x" * 150}, CUT, ""),
    Input(CUSTOMER, {"family_name": "x" * 300}, CUT, CUT),
    Input(CUSTOMER, _lines(*"abcdefgh"), JOINED, JOINED),
    Input(CUSTOMER, _lines(*"abcde"), "", JOINED),
    Input(CUSTOMER, _lines("x" * 800), JOINED, JOINED),
    Input(CUSTOMER, _lines(*"x" * 40), JOINED, JOINED),
    Input(CUSTOMER, _lines(*["x" * 500] * 5), JOINED, JOINED),
    Input(CUSTOMER, {"address": {"city": "x" * 300}}, CUT, CUT),
    Input(CUSTOMER, {"address": {"region": "x" * 300}}, CUT, CUT),
    Input(CUSTOMER, {"address": {"postal_code": "1" * 40}}, CUT, ""),
    Input(CUSTOMER, {"address": {"postal_code": "1" * 60}}, CUT, CUT),
    Input(CUSTOMER, {"address": {"country": "Côte d'Ivoire"}}, "", REPLACED),
    Input(CUSTOMER, {"address": {"country": "Land of " * 8}}, "", CUT),
    Input(CUSTOMER, {"address": {"country": "भारत"}}, "", OUT),
    Input(VENDOR, {"account_number": "1" * 60}, "", SHORT),
    Input(VENDOR, {"account_number": "1" * 150}, CUT, SHORT),
    Input(ITEM, {"name": "T-shirt, size: L"}, REPLACED, ""),
    Input(ITEM, {"name": "Organic cotton T-shirt with a printed slogan, extra large"}, "", CUT),
    Input(ITEM, {"name": "x" * 150}, SHORT, CUT),
    Input(ITEM, {"code": "WOO-123456789-RED-EXTRA-LARGE-2026"}, "", SHORT),
    Input(ITEM, {"code": "x" * 120}, SHORT, SHORT),
    Input(ITEM, {"description": "x" * 5000}, CUT, CUT),
    Input(ITEM, {"sales_price": "0.00012"}, "", ROUNDED),
    Input(ITEM, {"sales_price": "12.345678", "purchase_price": "9.5000000"}, ROUNDED, ROUNDED),
    Input(ITEM, {"purchase_price": "0.0000001"}, OUT, OUT),
    Input(ACCOUNT, {"code": "40000001"}, OUT, ""),
    Input(ACCOUNT, {"code": "400000000001"}, OUT, SHORT),
    Input(ACCOUNT, {"code": "40:1"}, REPLACED, ""),
    Input(ACCOUNT, {"name": 'Pipes 6"'}, REPLACED, ""),
    Input(ACCOUNT, {"name": "Sales: EU"}, REPLACED, ""),
    Input(ACCOUNT, {"name": "x" * 120}, SHORT, ""),
    Input(ACCOUNT, {"name": "x" * 200}, SHORT, SHORT),
    Input(INVOICE, {"number": "INV-2026-ORDER-0000001"}, SHORT, ""),
    Input(INVOICE, {"number": "7" * 255}, SHORT, ""),
    Input(INVOICE, {"number": "Fact. nº 77\u2013A"}, "", PLAIN),
    Input(INVOICE, {"number": "東京-1"}, "", PLAIN),
    Input(INVOICE, {"number": "Rechnung nº 77\u2013A von Köln"}, SHORT, PLAIN),
    Input(INVOICE, {"number": "…" * 255}, SHORT, SHORT),
    Input(INVOICE, {"reference": "x" * 300}, "", CUT),
    Input(INVOICE, one_line("x" * 5000), CUT, CUT),
    Input(INVOICE, one_line("x" * 3995, quantity="0.3333333"), CUT, CUT),
    Input(INVOICE, {"issued_on": "2026-11-30", "due_on": "2026-11-02"}, "", ""),
    Input(BILL, {"number": "x" * 30}, SHORT, ""),
    Input(BILL, {"number": "Fact. nº 77\u2013A"}, "", PLAIN),
    Input(BILL, {"reference": "x" * 250}, "", CUT),
    Input(BILL, one_line("x" * 4000, quantity="3", item_id=None), CUT, ""),
    Input(BILL, one_line("x" * 9000, discount={"amount": "1.00"}), CUT, CUT),
    Input(PAYMENT, {"reference": "pi_3Qx0AbCdEfGhIjKl1MnOpQrS"}, CUT, ""),
    Input(PAYMENT, {"reference": "x" * 250}, CUT, CUT),
    Input(PAYMENT, {"reference": "INV-1, " * 100}, CUT, CUT),
    Input(PAYMENT, {"reference": "INV-1, " * 1000}, CUT, CUT),
)
