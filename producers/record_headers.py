"""The Kafka headers of an outbox's row.

Source: CloudEvents 1.0.2, Kafka protocol binding, binary content mode.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from ledgerlane_outbox.store import OutboxRow

SPECVERSION: Final = "1.0"
JSON: Final = "application/json"

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The beginning of PostgreSQL's time."""


def headers_of(row: OutboxRow) -> dict[str, str | None]:
    """Return the headers by name; a further header replaces the attribute of its name.

    Raises:
        TypeError: the headers are no object of texts.
        ValueError: they are no JSON, or the time has no year of four digits.
    """
    _, _, key, further, _, event_id, type_, source, tenant_id, subject, version, time = row
    own = _further_headers(further) if further is not None else {}
    if type_ is None:
        return own
    headers: dict[str, str | None] = {
        "ce_specversion": SPECVERSION,
        "content-type": JSON,
        "ce_type": type_,
        "ce_source": source,
        "ce_tenantid": tenant_id,
        "ce_partitionkey": key,
        "ce_id": str(event_id),
        "ce_time": time_text(time or 0),
    }
    if subject is not None:
        headers["ce_subject"] = subject
    if version is not None:
        headers["ce_entityversion"] = str(version)
    return headers | own


def _further_headers(text: str) -> dict[str, str | None]:
    """Return the object that a JSON text holds.

    Raises:
        TypeError: it is no object, or a value of it is no text.
        ValueError: the text is no JSON.
    """
    found = orjson.loads(text)
    if not isinstance(found, dict):
        raise TypeError(f"they are a {type(found).__name__}, not an object")
    for name, value in found.items():
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} is a {type(value).__name__}, not a text")
    return found


def time_text(time: int) -> str:
    """Return a time in RFC 3339, from PostgreSQL's microseconds.

    Raises:
        ValueError: its year has not four digits.
    """
    try:
        moment = EPOCH + timedelta(microseconds=time)
    except OverflowError as exc:
        raise ValueError(f"its time, {time} microseconds from 2000, is out of range") from exc
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
