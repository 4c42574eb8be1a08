from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledgerlane_outbox.schema import SCHEMA_VERSION
from producers.maintenance.diagnostics import Diagnosis, Severity, diagnose, diagnose_broker
from producers.maintenance.facts import (
    CursorFacts,
    Lease,
    OpenTransaction,
    OutboxFacts,
    PreparedTransaction,
    ReplicationSlot,
    SourceFacts,
)
from producers.maintenance.parked import ParkedCount
from producers.maintenance.ring import RetentionPolicy, Slot

NOW = datetime(2026, 3, 12, 15, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=7)

LEASE = Lease(0, 4711, "ledgerlane-relay", "10.0.0.7", NOW - timedelta(days=2))
CURSOR = CursorFacts(0, 1, NOW - timedelta(seconds=3), 900, 880, False, 0, None)
SLOT = Slot(3, 0, 1_000_000, True, 50, NOW - timedelta(hours=1), False)

HEALTHY = OutboxFacts(
    leases=[LEASE],
    asleep=True,
    oldest=OpenTransaction(1, "crm", "api", NOW, NOW - timedelta(seconds=2)),
    cursors=[CURSOR],
    parked=ParkedCount(0, 0, None, None),
    ring=[SLOT, replace(SLOT, number=2, age_days=1)],
    prepared=[],
    replication_slots=[],
)
SOURCE = SourceFacts("crm", NOW, RetentionPolicy(3), version=SCHEMA_VERSION, outbox=HEALTHY)


def diagnosed(**found: Any) -> list[Diagnosis]:
    return diagnose(replace(SOURCE, outbox=replace(HEALTHY, **found)))


def wrong(diagnoses: list[Diagnosis]) -> list[Diagnosis]:
    return [one for one in diagnoses if one.severity is not Severity.FINE]


def test_a_healthy_source_has_nothing_wrong_and_says_who_reads_it() -> None:
    found = diagnose(SOURCE)
    assert wrong(found) == []
    assert any("shard 0 is read by pid 4711" in one.what for one in found)
    assert any("a commit wakes it" in one.what for one in found)


@pytest.mark.parametrize(
    ("facts", "what", "remedy"),
    [
        (
            SourceFacts("crm", NOW, RetentionPolicy(), fault="no route"),
            "its database can't be read: no route",
            "check address",
        ),
        (SourceFacts("crm", NOW, RetentionPolicy(), standby=True), "is a standby", "primary"),
        (
            SourceFacts("crm", NOW, RetentionPolicy()),
            "has no outbox",
            "ledgerlane_outbox.install",
        ),
        (
            SourceFacts("crm", NOW, RetentionPolicy(), version=99),
            "has version 99",
            "install the release",
        ),
        (
            SourceFacts("crm", NOW, RetentionPolicy(), version=1),
            "has version 1",
            "ledgerlane_outbox.install",
        ),
    ],
)
def test_a_source_that_cannot_be_relayed_from_says_why_and_no_more(
    facts: SourceFacts, what: str, remedy: str
) -> None:
    (found,) = diagnose(facts)
    assert found.severity is Severity.ERROR
    assert what in found.what
    assert remedy in found.remedy


def test_a_source_that_is_to_be_read_from_the_log_and_is_not_says_so() -> None:
    by_log = replace(SOURCE, reads_log=True)
    (found,) = wrong(diagnose(by_log))
    assert found.severity is Severity.WARNING
    assert "rows come from its table" in found.what
    assert "wal_level = logical" in found.remedy
    slot = ReplicationSlot("ledgerlane_outbox_5", True, "reserved", 0)
    with_slot = replace(by_log, outbox=replace(HEALTHY, replication_slots=[slot]))
    assert wrong(diagnose(with_slot)) == []


SLOT_DUE = replace(SLOT, number=5, age_days=5)
AILMENTS: list[tuple[dict[str, Any], Severity, str, str]] = [
    ({"leases": []}, Severity.ERROR, "no relay reads shard 0 of 1", "start `ledgerlane relay`"),
    ({"leases": [], "cursors": []}, Severity.ERROR, "no relay has ever read it", "start"),
    (
        {"cursors": [replace(CURSOR, waiting=12, oldest_at=LONG_AGO)]},
        Severity.ERROR,
        "12 rows wait, the oldest for 7 h; its cursor moved 3 s ago and is 20 numbers",
        "no Kafka",
    ),
    (
        {"cursors": [replace(CURSOR, foreign=True)]},
        Severity.ERROR,
        "restored or failed over",
        "resumes by number",
    ),
    (
        {"oldest": OpenTransaction(815, "crm", "", LONG_AGO, LONG_AGO)},
        Severity.WARNING,
        "pid 815 (crm, no application name) has a transaction open for 7 h",
        "SELECT pg_terminate_backend(815)",
    ),
    (
        {"prepared": [PreparedTransaction("gid-1", "crm", LONG_AGO)]},
        Severity.WARNING,
        "'gid-1' of crm has been prepared for 7 h",
        "ROLLBACK PREPARED",
    ),
    (
        {"parked": ParkedCount(17, 2, LONG_AGO, "Broker: Unknown topic")},
        Severity.WARNING,
        "17 rows are parked and 2 keys held, the oldest since 2026-03-12 08:00:00: Broker",
        "ledgerlane relay parked list",
    ),
    (
        {"ring": [replace(SLOT_DUE, unpublished=True)]},
        Severity.ERROR,
        "slot 5, of 5 days ago: about 50 rows, 1.0 MB, the first of 2026-03-12 14:00; due, but",
        "why the relay is behind",
    ),
    (
        {"ring": [replace(SLOT_DUE, locked_by=[7, 8])]},
        Severity.WARNING,
        "locked by pid 7, 8",
        "a dump",
    ),
    ({"ring": [replace(SLOT, age_days=7)]}, Severity.WARNING, "in 1 day", "unpublished"),
    (
        {"ring": [replace(SLOT, oldest_at=NOW - timedelta(days=8))]},
        Severity.ERROR,
        "the ring is full",
        "watch the disk",
    ),
    (
        {"replication_slots": [ReplicationSlot("ledgerlane_crm", False, "lost", 0)]},
        Severity.ERROR,
        "not active, wal_status lost",
        "max_slot_wal_keep_size",
    ),
    (
        {
            "replication_slots": [
                ReplicationSlot("ledgerlane_crm", False, "reserved", 9_000_000)
            ]
        },
        Severity.WARNING,
        "keeps 9.0 MB of log",
        "pg_drop_replication_slot('ledgerlane_crm')",
    ),
]


@pytest.mark.parametrize(("found", "severity", "what", "remedy"), AILMENTS)
def test_what_is_wrong_is_named_with_its_remedy(
    found: dict[str, Any], severity: Severity, what: str, remedy: str
) -> None:
    first = wrong(diagnosed(**found))
    assert [one.severity for one in first if what in one.what and remedy in one.remedy] == [
        severity
    ]


@pytest.mark.parametrize("outbox", [HEALTHY, None])
def test_missing_rights_are_named_also_when_they_keep_us_from_looking(
    outbox: OutboxFacts | None,
) -> None:
    lacking = replace(SOURCE, missing_rights=["TRUNCATE on ledgerlane_outbox_0"], outbox=outbox)
    (found,) = wrong(diagnose(lacking))
    assert found.severity is Severity.ERROR
    assert "lacks TRUNCATE on ledgerlane_outbox_0" in found.what
    assert "grant" in found.remedy


def test_a_backlog_of_seconds_and_an_active_slot_are_fine() -> None:
    waiting = replace(CURSOR, waiting=3, oldest_at=NOW - timedelta(seconds=2))
    slot = ReplicationSlot("ledgerlane_crm", True, "reserved", 1000)
    due = replace(SLOT, age_days=4)
    found = diagnosed(cursors=[waiting], replication_slots=[slot], asleep=False, ring=[due])
    assert wrong(found) == []
    assert any("emptied by the relay within a minute" in one.what for one in found)


def test_the_worst_comes_first() -> None:
    found = diagnosed(leases=[], parked=ParkedCount(1, 1, LONG_AGO, "too large"))
    severities = [one.severity for one in found]
    assert severities[:2] == [Severity.ERROR, Severity.WARNING]
    assert set(severities[2:]) == {Severity.FINE}


def test_kafka_is_diagnosed_by_its_topics() -> None:
    assert diagnose_broker("").severity is Severity.FINE
    found = diagnose_broker("platform.events is missing")
    assert (found.severity, found.source) == (Severity.ERROR, "kafka")
    assert "ledgerlane topics apply" in found.remedy
