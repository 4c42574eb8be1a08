"""Addresses there and back: what is read in either ledger is the address that was written."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from string import ascii_uppercase
from typing import Any, Final

import pytest

from providers.base import Operation, Written
from providers.qbo import fitting as qbo_fitting
from providers.qbo.mapping.countries import alpha_3
from providers.xero import fitting as xero_fitting
from schemas.documents.document import Address
from tests.contracts.ledger_harness import CUSTOMER, LedgerHarness
from tests.fakes.served import QBO, XERO
from tests.integration.providers import qbo_company, xero_organisation
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

COUNT: Final = 500
IN_THE_US: Final = 0.15
WORDS: Final = (
    *("14", "Quay Rd", "2/7", "Suite 300", "c/o", "P.O. Box 12", "Bldg. #9", "Unit 4 & 5"),
    *("Großer Ring 3", "Ålesundgata 7b", "Calle de la Peña, 8", "Rua São João", "l'Été"),
    *(
        "東京都千代田区",
        "丸の内1-1",
        "улица Ленина",
        "дом 5",
        "شارع الملك",
        "서울특별시",
        "Łódź",
    ),
)
PLACES: Final = (
    "Oakland",
    "São Paulo",
    "München",
    "大阪市",
    "Ньюкасл",
    "Kraków",
    "",
    "Saint-Denis",
)
CODES: Final = ("94607", "01310-100", "SW1A 1AA", "〒100-0005", "D02 X285", "00-950", "")
COUNTRIES: Final = (
    *("GB", "DE", "JP", "BR", "NZ", "IN", "NO", "AE", "KR", "PL", "CA", "AX"),
    *("Deutschland", "日本", "New Zealand", "Österreich", ""),
)
ALPHA_2: Final = {
    alpha_3(code): code
    for code in map("".join, product(ascii_uppercase, repeat=2))
    if alpha_3(code) != code
}


def drawn(random: Random) -> Address:
    """Draw an address: one line or many, of any script, some lines left blank."""
    lines = [
        " ".join(random.choices(WORDS, k=random.randint(1, 3))) if random.random() < 0.9 else ""
        for _ in range(random.choice([0, 1, 2, 2, 3, 3, 4, 5, 6, 9]))
    ]
    return Address(
        lines=tuple(lines),
        city=random.choice(PLACES),
        region=random.choice(PLACES),
        postal_code=random.choice(CODES),
        country="US" if random.random() < IN_THE_US else random.choice(COUNTRIES),
    )


@dataclass
class Read:
    """A company that addresses are written to, and how they are read there.

    Attributes:
        most: How many lines its ledger has room for.
    """

    company: QboCompany | XeroOrganisation
    most: int

    async def addresses(self) -> dict[str, Address]:
        """Return the address of every customer, by the customer's name."""
        if isinstance(self.company, QboCompany):
            ids = [one["id"] for one in await self.company.listed("Customer")]
            found = [await self.company.read("Customer", id_) for id_ in ids]
            return {one["DisplayName"]: _of_qbo(one.get("BillAddr", {})) for one in found}
        contacts = await self.company.read("Contacts")
        return {one["Name"]: _of_xero(one["Addresses"]) for one in contacts}


def _of_qbo(shown: Mapping[str, Any]) -> Address:
    country = shown.get("Country", "")
    return Address(
        lines=_lines(shown, "Line", qbo_fitting.ADDRESS_LINES),
        city=shown.get("City", ""),
        region=shown.get("CountrySubDivisionCode", ""),
        postal_code=shown.get("PostalCode", ""),
        country=ALPHA_2.get(country, country),
    )


def _of_xero(shown: Sequence[Mapping[str, Any]]) -> Address:
    (one,) = [address for address in shown if address["AddressType"] == "POBOX"]
    return Address(
        lines=_lines(one, "AddressLine", xero_fitting.ADDRESS_LINES),
        city=one.get("City", ""),
        region=one.get("Region", ""),
        postal_code=one.get("PostalCode", ""),
        country=one.get("Country", ""),
    )


def _lines(shown: Mapping[str, Any], name: str, most: int) -> tuple[str, ...]:
    return _without_end([shown.get(f"{name}{n}", "") for n in range(1, most + 1)])


def _without_end(lines: Sequence[str]) -> tuple[str, ...]:
    """Return lines without the blank ones at the end, which no ledger tells from none."""
    last = max((n for n, line in enumerate(lines, start=1) if line), default=0)
    return tuple(lines[:last])


@pytest.fixture(scope="module")
def qbo() -> Iterator[str]:
    with qbo_company.served() as url:
        yield url


@pytest.fixture(params=[QBO, XERO])
async def read(request: pytest.FixtureRequest, qbo: str) -> AsyncIterator[Read]:
    if request.param == QBO:
        async with qbo_company.connected(qbo) as company:
            yield Read(company, qbo_fitting.ADDRESS_LINES)
    else:
        async with xero_organisation.connected() as organisation:
            yield Read(organisation, xero_fitting.ADDRESS_LINES)


@pytest.mark.accepts("ENT-05")
async def test_an_address_keeps_every_line_there_and_back(read: Read) -> None:
    random = Random(5)  # noqa: S311 - no secret is drawn
    harness = LedgerHarness(read.company)
    said = {f"Customer {n}": drawn(random) for n in range(COUNT)}
    writes = [
        harness.write(harness.document(CUSTOMER, id=name, name=name, address=address))
        for name, address in said.items()
    ]
    most = read.company.provider.batch_limit(CUSTOMER, Operation.CREATE)
    for first in range(0, COUNT, most):
        results = await read.company.ledger.write(
            Operation.CREATE, writes[first : first + most]
        )
        assert all(isinstance(one, Written) for one in results)
    found = await read.addresses()
    for name, address in said.items():
        beyond = [line for line in address.lines[read.most - 1 :] if line]
        lines = [*address.lines[: read.most - 1], ", ".join(beyond)]
        expected = address.model_copy(update={"lines": _without_end(lines)})
        assert found[name] == expected, name


async def test_a_shorter_address_leaves_nothing_of_the_longer_one(read: Read) -> None:
    random = Random(6)  # noqa: S311 - no secret is drawn
    harness = LedgerHarness(read.company)
    for n in range(25):
        name = f"Customer {n}"
        before, after = (
            drawn(random).model_copy(update={"lines": ("Quay Rd",) * length})
            for length in (read.most, random.randint(0, read.most))
        )
        first = harness.document(CUSTOMER, id=name, name=name, address=before)
        await harness.done(Operation.CREATE, harness.write(first))
        second = harness.document(CUSTOMER, id=name, name=name, address=after)
        await harness.done(Operation.UPDATE, harness.write(second, "address"))
        assert (await read.addresses())[name] == after
