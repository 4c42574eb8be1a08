"""CloudEvents 1.0 in Kafka's binary content mode: attributes are headers, the value is payload.

Source: CloudEvents specification 1.0.2 and its Kafka protocol binding, read 2026-11.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.ids import RealmId, TenantId

PREFIX: Final = "ce_"
CONTENT_TYPE: Final = "content-type"
JSON: Final = "application/json"
_LARGEST_VERSION: Final = 2**63 - 1
_LONGEST_VERSION: Final = 100  # digits, with the zeros that a producer may put before
_ZERO: Final = "\x00"
_SHOWN: Final = 40  # characters of what can't be read

Headers = Iterable[tuple[str, bytes]]


class MalformedEnvelope(ValueError):
    """A required attribute is missing or unreadable; the message names it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The outer part of an event; safe to log, and sufficient for routing.

    Attributes:
        id: The id of the event, the same in every repeat.
        source: The service that announced it, as a URI reference.
        type: What happened, with the major version of the payload.
        tenant_id: The customer whose data changed.
        entity_version: A number from 0 that rises with every change of the entity; older
            states are dropped by it.
        time: The time of the change; None if it is not known.
        subject: The entity that changed; empty if it is not named.
        realm_id: The company file that the event is meant for; None for the tenant's default.
        partition_key: The key within which events keep their order.
        traceparent: The W3C trace context; empty if there is none.
    """

    id: str
    source: str
    type: str
    tenant_id: TenantId
    entity_version: int
    time: datetime | None = None
    subject: str = ""
    realm_id: RealmId | None = None
    partition_key: str = ""
    traceparent: str = ""

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the attributes as Kafka headers; empty ones are left out."""
        attributes = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "time": self.time.isoformat() if self.time else "",
            "subject": self.subject,
            "tenantid": self.tenant_id,
            "realmid": self.realm_id or "",
            "entityversion": str(self.entity_version),
            "partitionkey": self.partition_key,
            "traceparent": self.traceparent,
        }
        written = [(PREFIX + name, text.encode()) for name, text in attributes.items() if text]
        return [*written, (CONTENT_TYPE, JSON.encode())]


def envelope_from(headers: Headers) -> Envelope:
    """Return the envelope that Kafka headers describe.

    Raises:
        MalformedEnvelope: a required attribute is missing, or one can't be read.
    """
    found = {name: value.decode("utf-8", "replace") for name, value in headers}
    if _ZERO in "".join(found.values()):
        _refuse_zeros(found)
    if found.get("ce_specversion") != "1.0":
        raise MalformedEnvelope(
            "ce_specversion is not 1.0: this is not a CloudEvent in binary mode"
        )
    realm = found.get("ce_realmid")
    return Envelope(
        id=_required(found, "ce_id"),
        source=_required(found, "ce_source"),
        type=_required(found, "ce_type"),
        tenant_id=TenantId(_required(found, "ce_tenantid")),
        entity_version=_version(_required(found, "ce_entityversion")),
        time=_time(found.get("ce_time")),
        subject=found.get("ce_subject", ""),
        realm_id=RealmId(realm) if realm else None,
        partition_key=found.get("ce_partitionkey", ""),
        traceparent=found.get("ce_traceparent", ""),
    )


def _refuse_zeros(found: Mapping[str, str]) -> None:
    """Refuse a zero character in an attribute; what other headers hold is not looked at."""
    for name, text in found.items():
        if name.startswith(PREFIX) and _ZERO in text:
            raise MalformedEnvelope(f"header {name} holds a zero character")


def _required(found: Mapping[str, str], name: str) -> str:
    value = found.get(name, "")
    if not value:
        raise MalformedEnvelope(f"header {name} is missing or empty")
    return value


def _version(text: str) -> int:
    # The length comes first: Python refuses to read a number of thousands of digits.
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_VERSION
    if not is_number or (version := int(text)) > _LARGEST_VERSION:
        raise MalformedEnvelope(
            f"header {PREFIX}entityversion is {text[:_SHOWN]!r}, not a whole number from 0 to "
            f"{_LARGEST_VERSION}"
        )
    return version


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text.upper())  # RFC 3339 has `t` and `z` as well
    except ValueError:
        raise MalformedEnvelope(
            f"header {PREFIX}time is {text[:_SHOWN]!r}, not an RFC 3339 time"
        ) from None
