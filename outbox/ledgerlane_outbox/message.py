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
_ATTRIBUTES: Final = frozenset(
    {
        *("specversion", "id", "source", "type", "time", "subject"),
        *("tenantid", "realmid", "entityversion", "traceparent", "partitionkey"),
    }
)


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
        for name in ("type", "source", "tenant_id", "topic", "datacontenttype"):
            _check_text(name, getattr(self, name))
        for name in ("partition_key", "subject", "realm_id", "traceparent"):
            if getattr(self, name) is not None:
                _check_text(name, getattr(self, name))
        for name, value in self.extensions.items():
            _check_extension(name)
            _check_text(f"extension {name}", value)
        if self.time.tzinfo is None:
            raise ValueError("time has no time zone: pass datetime.now(UTC)")
        if not 0 <= (self.entity_version or 0) <= _LARGEST_VERSION:
            raise ValueError(
                f"entity_version is {self.entity_version}: pass a number from 0 that rises"
            )
        check_headers(self.headers())

    def headers(self) -> dict[str, str]:
        """Return the attributes as Kafka headers; absent ones are left out.

        Source: CloudEvents 1.0.2, Kafka protocol binding, binary content mode.
        """
        version = None if self.entity_version is None else str(self.entity_version)
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(self.event_id),
            "ce_source": self.source,
            "ce_type": self.type,
            "ce_time": self.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "ce_subject": self.subject,
            "ce_tenantid": self.tenant_id,
            "ce_realmid": self.realm_id,
            "ce_entityversion": version,
            "ce_traceparent": self.traceparent,
            "ce_partitionkey": self.partition_key,
            **{f"ce_{name}": value for name, value in self.extensions.items()},
            "content-type": self.datacontenttype,
        }
        return {name: value for name, value in headers.items() if value is not None}

    def encoded_payload(self) -> bytes:
        """Return the payload as it is published.

        Raises:
            ValueError: the payload has a value that JSON can't represent, or is too large.
        """
        encoded = self.payload if isinstance(self.payload, bytes) else self._json(self.payload)
        check_payload(encoded, event=self.type)
        return encoded

    def _json(self, payload: Mapping[str, Any]) -> bytes:
        try:
            return _compact(dict(payload)).encode()
        except (TypeError, ValueError) as exc:
            raise ValueError(
                f"payload of {self.type} can't be written as JSON ({exc}): "
                "pass plain values, or bytes that you encoded yourself"
            ) from exc


def _compact(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


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
