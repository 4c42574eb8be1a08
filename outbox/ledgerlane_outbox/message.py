"""The event that a service announces, and the Kafka headers that it is published with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from ledgerlane_outbox.sizes import check_headers, check_payload, check_text

PLATFORM_EVENTS: Final = "platform.events"
JSON: Final = "application/json"
_LARGEST_VERSION: Final = 2**63 - 1
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_LATEST: Final = datetime.max.replace(tzinfo=UTC)
_REQUIRED: Final = ("type", "source", "tenant_id", "topic", "datacontenttype")
_OPTIONAL: Final = ("partition_key", "subject", "realm_id", "traceparent")
_ATTRIBUTES: Final = frozenset(
    {
        *("specversion", "id", "source", "type", "time", "subject"),
        *("tenantid", "realmid", "entityversion", "traceparent", "partitionkey"),
    }
)

_compact: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """An event that is ready for the outbox.

    What is larger than `sizes.py` says is refused: a text when the message is made, the payload
    when it is appended.

    Attributes:
        type: What happened, in the past tense and with the major version of the payload, such
            as `invoice.issued.v1`.
        source: The service that announces it, as a URI reference such as `/billing`.
        tenant_id: The customer whose data changed.
        payload: The data of the event. A mapping is written as JSON, so money has to be text;
            bytes are published unchanged.
        subject: The entity that changed, such as `invoice/4711`.
        realm_id: The company file that the event is meant for; the tenant's default if absent.
        entity_version: A number from 0 that rises with every change of the entity. Consumers
            drop older states by it.
        partition_key: The key within which events keep their order; the tenant by default.
        topic: The Kafka topic.
        event_id: The id by which consumers recognise a repeat.
        time: The time of the change, with a time zone.
        traceparent: The W3C trace context that a consumer's trace continues.
        datacontenttype: The media type of the payload.
        extensions: Further CloudEvents attributes. Names are lower-case letters and digits.

    Raises:
        ValueError: a field can't be published; the message names the field and the remedy.
    """

    type: str
    source: str
    tenant_id: str
    payload: Mapping[str, Any] | bytes
    subject: str | None = None
    realm_id: str | None = None
    entity_version: int | None = None
    partition_key: str = ""
    topic: str = PLATFORM_EVENTS
    event_id: UUID = field(default_factory=uuid4)
    time: datetime = field(default_factory=_now)
    traceparent: str | None = None
    datacontenttype: str = JSON
    extensions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.partition_key:
            object.__setattr__(self, "partition_key", self.tenant_id)
        self._check_texts()
        if self.time.tzinfo is None:
            raise ValueError("time has no time zone: pass datetime.now(UTC)")
        if not _EARLIEST <= self.time <= _LATEST:
            raise ValueError(f"time is {self.time}: pass a time of the years 1 to 9999 in UTC")
        if not 0 <= (self.entity_version or 0) <= _LARGEST_VERSION:
            raise ValueError(
                f"entity_version is {self.entity_version}: pass a number from 0 that rises"
            )
        if self.extensions:
            self._check_extensions()

    def headers(self) -> dict[str, str]:
        """Return the attributes as Kafka headers; absent ones are left out.

        Source: CloudEvents 1.0.2, Kafka protocol binding, binary content mode.
        """
        time = self.time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(self.event_id),
            "ce_source": self.source,
            "ce_type": self.type,
            "ce_time": f"{time}Z",
            "ce_tenantid": self.tenant_id,
            "ce_partitionkey": self.partition_key,
            "content-type": self.datacontenttype,
        }
        if self.subject is not None:
            headers["ce_subject"] = self.subject
        if self.entity_version is not None:
            headers["ce_entityversion"] = str(self.entity_version)
        return headers | self.further_headers()

    def further_headers(self) -> dict[str, str]:
        """Return the headers for which the outbox has no column; none as a rule."""
        further = {f"ce_{name}": value for name, value in self.extensions.items()}
        if self.realm_id is not None:
            further["ce_realmid"] = self.realm_id
        if self.traceparent is not None:
            further["ce_traceparent"] = self.traceparent
        if self.datacontenttype != JSON:
            further["content-type"] = self.datacontenttype
        return further

    def encoded_payload(self) -> bytes:
        """Return the payload as it is published.

        Raises:
            ValueError: the payload has a value that JSON can't represent, or is too large.
        """
        encoded = self.payload if isinstance(self.payload, bytes) else self._json(self.payload)
        check_payload(encoded, event=self.type)
        return encoded

    def _check_texts(self) -> None:
        for name in _REQUIRED:
            _check_text(name, getattr(self, name))
        for name in _OPTIONAL:
            if (value := getattr(self, name)) is not None:
                _check_text(name, value)

    def _check_extensions(self) -> None:
        for name, value in self.extensions.items():
            _check_extension(name)
            _check_text(f"extension {name}", value)
        # Without extensions the headers are too few to be too large together.
        check_headers(self.headers())

    def _json(self, payload: Mapping[str, Any]) -> bytes:
        try:
            return _compact(dict(payload)).encode()
        except (TypeError, ValueError) as exc:
            raise ValueError(
                f"payload of {self.type} can't be written as JSON ({exc}): "
                "pass plain values, or bytes that you encoded yourself"
            ) from exc


def _check_extension(name: str) -> None:
    if not (name.isascii() and name.isalnum() and name == name.lower()) or name in _ATTRIBUTES:
        raise ValueError(
            f"extension {name!r}: use lower-case letters and digits, and no attribute's name"
        )


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is {value!r}: pass a text that is not empty")
    if "\x00" in value:
        raise ValueError(f"{name} holds a zero character: PostgreSQL can't store it; remove it")
    check_text(name, value)
