"""From a request's JSON to checked properties: unknown, required, lengths, enumerations."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.entities.catalogue import ENTITIES, PEOPLE
from providers.simulators.qbo.entities.kinds import (
    Entity,
    FilledStruct,
    Kind,
    ListOf,
    Property,
    Reference,
    Struct,
)
from providers.simulators.qbo.wire import errors

ENVELOPE = frozenset(
    {"Id", "SyncToken", "MetaData", "domain", "sparse", "status", "SimulatorExtra"}
)
SHIPPING = "SHIPPING_ITEM_ID"


def read_properties(
    company: CompanyBooks, entity: Entity, raw: Mapping[str, Any], *, creating: bool
) -> dict[str, Any]:
    """Return the writable properties that were sent, in stored form; None clears one.

    Raises:
        QboRefused: 2010 for a property that the entity lacks, and the faults of the kinds.
    """
    read: dict[str, Any] = {}
    for name, value in raw.items():
        if name in ENVELOPE:
            continue
        known = entity.properties.get(name)
        if known is None:
            if company.switches.unknown_property == "reject":
                raise errors.unknown_property(name)
        elif value is not None and _writable(known, creating=creating):
            read[name] = known.kind.read(value, name)
    return read


def _writable(known: Property, *, creating: bool) -> bool:
    return not known.read_only and (creating or not known.create_only)


def require(read: Mapping[str, Any], names: Iterable[str]) -> None:
    """Check that the properties are there and not empty.

    Raises:
        QboRefused: 2020, naming the first that is missing.
    """
    for name in names:
        if read.get(name) in (None, []):
            raise errors.missing(name)


def required_names(entity: Entity) -> Iterator[str]:
    """Return what a create and a full update must hold."""
    return (name for name, known in entity.properties.items() if known.required)


def resolve_references(
    company: CompanyBooks, entity: Entity, read: Mapping[str, Any], *, creating: bool
) -> None:
    """Check every reference in ``read`` and fill in its name.

    Raises:
        QboRefused: 2500, nothing has that id; 610, a new document refers to something inactive;
            6430, the account is of another type than the property takes.
    """
    for name, value in read.items():
        if value is not None:
            _resolve(company, entity.properties[name].kind, name, value, creating=creating)


def _resolve(
    company: CompanyBooks, kind: Kind, name: str, value: Any, *, creating: bool
) -> None:
    if isinstance(kind, Reference):
        if kind.target is not None and value["value"] != SHIPPING:
            _resolve_one(company, kind, name, value, creating=creating)
    elif isinstance(kind, ListOf):
        for element in value:
            _resolve(company, kind.kind, name, element, creating=creating)
    elif isinstance(kind, Struct | FilledStruct):
        for part, held in value.items():
            _resolve(company, kind.fields[part], part, held, creating=creating)


def _resolve_one(
    company: CompanyBooks, kind: Reference, name: str, value: dict[str, Any], *, creating: bool
) -> None:
    target = kind.target or ""
    record = company.table(target).get(value["value"])
    # 2500 for what never was, 610 for what is out of use: only a create minds the latter.
    if record is None:
        raise errors.bad_reference(ENTITIES[target].word, value["value"], name)
    if creating and not record.body.get("Active", True):
        raise errors.not_found()
    if kind.account_types and record.body.get("AccountType") not in kind.account_types:
        raise errors.bad_account_type(name)
    value["name"] = reference_name(company, record)


def account_reference(company: CompanyBooks, subtype: str) -> dict[str, Any]:
    """Return the reference to the company's account of ``subtype``."""
    record = company.record("Account", company.account_id(subtype))
    return {"value": record.id, "name": reference_name(company, record)}


def reference_name(company: CompanyBooks, record: Record) -> str:
    """Return the name that references to ``record`` show."""
    if record.entity.name in PEOPLE:
        return str(record.body["DisplayName"])
    if record.entity.name == "Account" and company.switches.ref_name_style == "fqn":
        return str(record.body["FullyQualifiedName"])
    return record.label
