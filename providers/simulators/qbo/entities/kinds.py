"""What the properties of entities may hold, and how a request's value becomes the stored one.

A kind reads a JSON value and gives the form to store, or None for "empty": an empty text
clears a property. JSON null never arrives here; it counts as not sent.

Source: Intuit Accounting API reference, field tables per entity.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from providers.simulators.qbo.wire import errors

LARGEST = Decimal(10) ** 15


class Kind(Protocol):
    """What a property may hold."""

    def read(self, value: Any, name: str) -> Any:
        """Return the stored form of ``value``, None when it is empty.

        Raises:
            QboRefused: the value is not of this kind; ``name`` goes into the fault.
        """


@dataclass(frozen=True, slots=True)
class Text:
    """A text.

    Attributes:
        longest: The most characters that are accepted.
        forbidden: Characters that are refused.
    """

    longest: int
    forbidden: str = ""

    def read(self, value: Any, name: str) -> str | None:
        """Return the text; 2000 for what is none, 2050 if too long, 2040 for a character."""
        if isinstance(value, list | dict):
            raise errors.malformed(f"{name} is no text")
        text = value if isinstance(value, str) else str(value)
        if len(text) > self.longest:
            raise errors.bad_length(name, longest=self.longest, supplied=len(text))
        if any(character in self.forbidden for character in text):
            raise errors.illegal_characters(name)
        return text or None


@dataclass(frozen=True, slots=True)
class Number:
    """A number; numerals in quotes are taken as well."""

    def read(self, value: Any, name: str) -> Decimal | None:
        """Return the number, also of a numeral in quotes; 2080 for anything else."""
        if value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            raise errors.bad_number(name, value)
        try:
            number = Decimal(value)
        except InvalidOperation as exc:
            raise errors.bad_number(name, value) from exc
        if not number.is_finite() or abs(number) >= LARGEST:
            raise errors.bad_number(name, value)
        return number


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; its document's currency says to how many decimals it is rounded.

    Attributes:
        negative: Whether amounts below zero are accepted.
    """

    negative: bool = True

    def read(self, value: Any, name: str) -> Decimal | None:
        """Return the amount as sent; 2290 below zero where that is not accepted."""
        number = Number().read(value, name)
        if number is None:
            return None
        if number < 0 and not self.negative:
            raise errors.negative_amount(name)
        return number


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds.

    Attributes:
        least: The smallest number that is accepted.
        most: The largest number that is accepted.
    """

    least: int
    most: int

    def read(self, value: Any, name: str) -> int | None:
        """Return the whole number; 2080 outside the bounds."""
        number = Number().read(value, name)
        if number is None:
            return None
        if number != int(number) or not self.least <= number <= self.most:
            raise errors.bad_number(name, value)
        return int(number)


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, value: Any, name: str) -> bool | None:
        """Return the boolean, also of its name in quotes; 2170 for anything else."""
        if value == "":
            return None
        if value in (True, "true"):
            return True
        if value in (False, "false"):
            return False
        raise errors.bad_choice(name, value)


@dataclass(frozen=True, slots=True)
class Day:
    """A date; a time or zone behind it is tolerated and dropped."""

    def read(self, value: Any, name: str) -> str | None:
        """Return the date in ISO form, without the time behind it; 2060 for no date."""
        if value == "":
            return None
        try:
            return date.fromisoformat(str(value)[:10]).isoformat()
        except ValueError as exc:
            raise errors.bad_date(name, value) from exc


@dataclass(frozen=True, slots=True)
class Choice:
    """One of an enumeration.

    Attributes:
        values: The accepted values, in exact spelling.
    """

    values: tuple[str, ...]

    def read(self, value: Any, name: str) -> str | None:
        """Return the value; 2170 when it is not in the enumeration."""
        if value == "":
            return None
        if value not in self.values:
            raise errors.bad_choice(name, value)
        return str(value)


@dataclass(frozen=True, slots=True)
class Reference:
    """``{value, name}``: another record's id; the name sent is ignored.

    Attributes:
        target: Entity referred to; None for values that are no ids (currencies).
        account_types: Account types that fit where the target is an account; empty accepts
            all.
    """

    target: str | None = None
    account_types: tuple[str, ...] = ()

    def read(self, value: Any, name: str) -> dict[str, Any] | None:
        """Return the id alone, as ``{value}``; also of an id sent without an object."""
        held = value.get("value") if isinstance(value, Mapping) else value
        if held in (None, ""):
            return None
        if not isinstance(held, str | int):
            raise errors.malformed(f"{name} is no reference")
        return {"value": str(held)}


@dataclass(frozen=True, slots=True)
class Struct:
    """An object of named properties; unknown ones inside are dropped.

    Attributes:
        fields: Kind of each property that is read, by name.
    """

    fields: Mapping[str, Kind]

    def read(self, value: Any, name: str) -> dict[str, Any] | None:
        """Return the known properties that have a value; 2000 for no object."""
        if value == "":
            return None
        if not isinstance(value, Mapping):
            raise errors.malformed(f"{name} is no object")
        held = {
            key: kind.read(value[key], key)
            for key, kind in self.fields.items()
            if value.get(key) is not None
        }
        return {key: part for key, part in held.items() if part is not None}


@dataclass(frozen=True, slots=True)
class FilledStruct:
    """An object that counts as absent when nothing in it has a value.

    Attributes:
        fields: Kind of each property that is read, by name.
    """

    fields: Mapping[str, Kind]

    def read(self, value: Any, name: str) -> dict[str, Any] | None:
        """Return the known properties that have a value, None when there are none."""
        return Struct(self.fields).read(value, name) or None


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """``{Address}``, one or several by commas, each with an @ and a dot."""

    def read(self, value: Any, name: str) -> dict[str, Any] | None:
        """Return the address; 2210 for one without an @ and a dot."""
        held = FilledStruct({"Address": Text(100)}).read(value, name)
        for address in (held or {}).get("Address", "@.").split(","):
            if "@" not in address or "." not in address:
                raise errors.bad_email(name)
        return held


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array; an empty one is a value, which empties what is stored.

    Attributes:
        kind: Kind of each element.
    """

    kind: Kind

    def read(self, value: Any, name: str) -> list[Any] | None:
        """Return the elements that are not empty; 2000 for no array."""
        if value == "":
            return None
        if not isinstance(value, list):
            raise errors.malformed(f"{name} is no array")
        held = (self.kind.read(element, name) for element in value if element is not None)
        return [element for element in held if element is not None]


@dataclass(frozen=True, slots=True)
class Property:
    """A top-level property of an entity.

    Attributes:
        kind: What the property may hold.
        required: Whether a create and a full update must have it.
        read_only: Whether what clients send is ignored.
        create_only: Whether what an update sends is ignored.
        kept: Whether a full update that leaves it out keeps it instead of clearing it.
    """

    kind: Kind
    required: bool = False
    read_only: bool = False
    create_only: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever is sent, as it is; for properties that are only shown again."""

    def read(self, value: Any, name: str) -> Any:
        """Return the value as it is."""
        return value


ADDRESS = FilledStruct(
    {f"Line{n}": Text(500) for n in range(1, 6)}
    | {
        "City": Text(255),
        "CountrySubDivisionCode": Text(255),
        "PostalCode": Text(30),
        "Country": Text(255),
    }
)
PHONE = FilledStruct({"FreeFormNumber": Text(30)})
WEB_ADDRESS = FilledStruct({"URI": Text(1000)})
MEMO = FilledStruct({"value": Text(1000)})
CURRENCY = Reference()
LINKED_TXN = Struct({"TxnId": Text(30), "TxnType": Text(30), "TxnLineId": Text(30)})
CUSTOM_FIELD = Struct(
    {
        "DefinitionId": Text(10),
        "Name": Text(100),
        "Type": Text(30),
        "StringValue": Text(255),
    }
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A type of record.

    Attributes:
        name: Name in bodies and queries, such as ``Invoice``.
        sequence: Name of the count that ids are drawn from; entities with the same one
            share it.
        word: What faults call it when a reference to it fails.
        properties: Top-level properties by name.
        filterable: Properties that WHERE and ORDERBY may name, with the kind that says how
            values compare.
        indexed: Top-level properties by whose value records are found without a walk.
        sparse_required: Properties that even a sparse update must have.
        is_transaction: Whether it is a transaction rather than an entry of a list.
        voidable: Whether it can be voided.
        unchanging: Whether clients may only read it.
        tracked: Whether change data knows it.
        defaults: Values that a create takes for properties that were not sent.
    """

    name: str
    sequence: str
    word: str
    properties: Mapping[str, Property]
    filterable: Mapping[str, Kind]
    indexed: tuple[str, ...] = ()
    sparse_required: tuple[str, ...] = ()
    is_transaction: bool = False
    voidable: bool = False
    unchanging: bool = False
    tracked: bool = True
    defaults: Mapping[str, Any] = field(default_factory=dict)
