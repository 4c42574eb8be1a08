"""Under which name or number a document goes to a ledger, by the connection's settings.

The settings may have, each of them optional::

    {"names": {"on_clash": "suffix"},
     "numbers": {"given_by": "platform", "prefix": "LL-", "on_clash": "suffix"}}

``names`` is about customers, vendors and items, where the ledger keeps their names unique.
``numbers`` is about invoices, and about bills as far as clashes go: their numbers are the
vendors'. What a suffix is made of is the document's alone, so that a document that was written
under it is found again for certain, and no number is tried out.
"""

from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Final

import pydantic

from providers.base import LookUpKeys, Write, Written
from providers.errors import NeedsPerson
from providers.fitting import Fitted, FittingRule, limit_of
from providers.keys import same_key
from providers.reasons import NAMING_UNREADABLE
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import Document
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.texts import one_line
from schemas.documents.vendor import Vendor
from schemas.remarks import Remark, remark

NUMBERED_BY_LEDGER: Final = "numbered_by_ledger"
PREFIXED: Final = "prefixed"
SUFFIXED: Final = "suffixed"

LONGEST_PREFIX: Final = 10  # characters, so that half of QuickBooks' 21 are left
_MARK: Final = 6  # characters, of 32 kinds
_FIELDS: Final[Mapping[type[Document], str]] = {
    Customer: "name",
    Vendor: "name",
    Item: "name",
    Invoice: "number",
    Bill: "number",
}


_SETTINGS: Final = sorted({f"{field}s" for field in _FIELDS.values()})


class OnClash(StrEnum):
    """What is done where another record of the ledger has the name or number."""

    ASK = "ask"
    SUFFIX = "suffix"


class GivenBy(StrEnum):
    """Who numbers invoices."""

    PLATFORM = "platform"
    LEDGER = "ledger"


class KeyPolicy(pydantic.BaseModel):
    """What a connection chose about the names or the numbers of its documents.

    Attributes:
        on_clash: What is done where the name or number is taken.
        given_by: Who gives the number; always the platform, but for invoices.
        prefix: What stands before the number; always empty, but for invoices.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    on_clash: OnClash = OnClash.ASK
    given_by: GivenBy = GivenBy.PLATFORM
    prefix: Annotated[
        str,
        pydantic.AfterValidator(one_line),
        pydantic.StringConstraints(max_length=LONGEST_PREFIX),
    ] = ""


class _NamePolicy(pydantic.BaseModel):
    """What may be chosen about names."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    on_clash: OnClash = OnClash.ASK


DEFAULT: Final = KeyPolicy()


def key_policy(settings: Mapping[str, Any], document: type[Document]) -> KeyPolicy:
    """Return what the settings of a connection say of documents of one type.

    Raises:
        NeedsPerson: ``naming_unreadable``, they say what is not known here.
    """
    field = _FIELDS.get(document)
    said = settings.get(f"{field}s") if field else None
    if not said:
        return DEFAULT
    try:
        if field == "name":
            return KeyPolicy(on_clash=_NamePolicy.model_validate(said).on_clash)
        chosen = KeyPolicy.model_validate(said)
    except pydantic.ValidationError as exc:
        raise NeedsPerson(NAMING_UNREADABLE.reason(setting=f"{field}s", why=_why(exc))) from exc
    return chosen if document is Invoice else KeyPolicy(on_clash=chosen.on_clash)


def naming_of(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what of the settings decides under which name or number a document is sent."""
    return {name: settings.get(name) for name in _SETTINGS}


def settings_for(write: Write, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings by which a document is looked up: those that it was sent by."""
    return {**settings, **(write.naming or {})}


def suffixes(settings: Mapping[str, Any], document: type[Document]) -> bool:
    """Return whether a document whose name or number is taken gets one of its own."""
    try:
        return key_policy(settings, document).on_clash is OnClash.SUFFIX
    except NeedsPerson:
        return False


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document as it goes to a ledger, and what it may be known by there.

    Attributes:
        said: The document as the platform wants it.
        sent: The same as it is sent, under the name or number that the policy gives.
        keys: What it may be known by; empty for documents without a name or number.
        policy: What the connection chose.
        remarks: What was made to fit.
        others: Further names under which the provider itself puts it, where its own is taken.
    """

    said: Document
    sent: Document
    keys: LookUpKeys
    policy: KeyPolicy
    remarks: tuple[Remark, ...]
    others: tuple[str, ...] = ()

    def write(self, write: Write) -> Write:
        """Return the write of the document as it is sent."""
        field = _FIELDS.get(type(self.said))
        document = self.sent
        if write.renamed and field:
            document = document.model_copy(update={field: self.keys.own})
        return replace(write, document=document, keys=self.keys)

    def remarked(self, written: Written) -> Written:
        """Return an answer with the remarks; what is out of the books has none."""
        if written.voided:
            return written
        field = _FIELDS.get(type(self.said), "")
        fitted = self.remarks
        if code := self._code(written.known_as):
            # One remark for one field: what was said, and what the ledger has in the end.
            said = getattr(self.said, field)
            fitted = tuple(one for one in fitted if one.field != field)
            fitted = (remark(code, field, said, written.known_as), *fitted)
        return replace(written, remarks=(*fitted, *written.remarks))

    def _code(self, known_as: str) -> str:
        """Return what was done to the name or number; nothing where we did nothing."""
        if not known_as or same_key(known_as, self.keys.plain):
            return ""
        if any(same_key(known_as, one) for one in (self.keys.own, *self.others)):
            return SUFFIXED
        if self.policy.given_by is GivenBy.LEDGER:
            return NUMBERED_BY_LEDGER
        return PREFIXED if same_key(known_as, self.keys.sent) else ""


def named(
    document: Document,
    settings: Mapping[str, Any],
    *,
    fit: Callable[[Document], Fitted],
    rules: Iterable[FittingRule],
) -> NamedDocument:
    """Return a document under the name or number that the connection's policy gives.

    Args:
        fit: Makes the texts of a document fit the ledger.
        rules: The rules by which it does, which say how long a name or number may be.

    Raises:
        NeedsPerson: ``naming_unreadable``.
    """
    policy = key_policy(settings, type(document))
    plain = fit(document)
    field = _FIELDS.get(type(document))
    if field is None:
        return NamedDocument(document, plain.document, LookUpKeys(), policy, plain.remarks)
    sent = plain
    if policy.prefix:
        number = policy.prefix + getattr(document, field)
        sent = fit(document.model_copy(update={field: number}))
    key = getattr(sent.document, field)
    keys = LookUpKeys(
        sent=key if policy.given_by is GivenBy.PLATFORM else "",
        own=own_key(document, key, limit_of(document, field, rules)),
        plain=getattr(plain.document, field),
    )
    return NamedDocument(document, sent.document, keys, policy, sent.remarks)


def own_key(document: Document, key: str, limit: int) -> str:
    """Return the name or number that is this document's alone: ``Acme (k3x7qa)``."""
    suffix = own_suffix(document)
    return key[: limit - len(suffix)].rstrip() + suffix


def own_suffix(document: Document) -> str:
    """Return what is put behind a name or number to make it this document's alone."""
    kind = type(document).__name__.lower()
    digest = sha256(f"{kind}/{document.id}".encode()).digest()
    mark = b32encode(digest)[:_MARK].decode().lower()
    return f" ({mark})" if _FIELDS[type(document)] == "name" else f"~{mark}"


def _why(error: pydantic.ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
