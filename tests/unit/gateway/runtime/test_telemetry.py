import io
import json
import logging
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import JSON, LargeBinary
from structlog.contextvars import bound_contextvars

from gateway.config.settings import LogLevel
from gateway.docs.reference import METRICS, labels_of, metrics_of
from gateway.migrations.metadata import METADATA
from gateway.runtime.telemetry import (
    FORBIDDEN,
    mask,
    set_log_level,
    set_up_logging,
    switch_level_on_hangup,
)
from tests.eventually import eventually

OURS = "llk_" + "0123456789abcdef" * 4
JWE = "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2.aBcDeF-_12..payload-part.tag"


class Log:
    """Where this test's lines went."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    found = Log()
    set_up_logging(LogLevel.INFO, stream=found.stream)
    yield found
    root.handlers, root.level = before
    structlog.reset_defaults()


def test_lines_carry_tenant_and_realm_whoever_writes_them(log: Log) -> None:
    with bound_contextvars(tenant="t1", realm="r1"):
        structlog.get_logger("lanes").info("lane.started")
        logging.getLogger("library").warning("careful: %s", 7)
    ours, theirs = log.lines()
    assert (ours["event"], theirs["event"]) == ("lane.started", "careful: 7")
    for line in (ours, theirs):
        assert (line["tenant"], line["realm"]) == ("t1", "r1")
        assert line["timestamp"].endswith("Z")
        assert line["level"] in ("info", "warning")


def test_labels_of_metrics_come_from_closed_sets() -> None:
    open_ended = {"tenant", "realm", "connection", "record", "document", "id", "path", "email"}
    for catalogue in METRICS:
        for metric in metrics_of(catalogue):
            assert not open_ended & set(labels_of(metric)), metric


@pytest.mark.accepts("TOK-09")
@pytest.mark.parametrize("key", sorted(FORBIDDEN))
def test_what_may_hold_a_secret_is_dropped_at_any_depth(log: Log, key: str) -> None:
    structlog.get_logger("x").info(
        "e", kept=1, nested={"deep": [{key: "canary"}]}, **{key: "canary"}
    )
    (line,) = log.lines()
    assert "canary" not in json.dumps(line)
    assert line["kept"] == 1


# Of what a table stores as JSON or bytes, what holds neither a document nor its figures.
_HARMLESS = {"reason", "original_headers", "profile", "settings"}


def test_no_column_that_holds_a_document_or_figures_gets_into_a_line() -> None:
    stored = {
        column.name
        for tables in METADATA
        for table in tables.tables.values()
        for column in table.columns
        if isinstance(column.type, JSON | LargeBinary)
    }
    assert stored - _HARMLESS <= FORBIDDEN
    assert {"desired", "observed", "base", "ledger_figures", "original_value"} <= stored


@pytest.mark.accepts("TOK-09")
@pytest.mark.parametrize(
    "said",
    [
        "Authorization: Bearer canary.token",
        "authorization: basic Y2FuYXJ5",
        "postgresql://user:canary@host/db failed",
        "POST /token?grant_type=x&refresh_token=canary&code=canary",
        "{'access_token': 'canary', 'client_secret': \"canary\"}",
        '{"refresh_token": "canary"}',
        f"token {JWE} was refused",
        "RT1-39-H3-1781234567canary",
        f"made {OURS}",
        f"[('llt_{OURS[4:]}', 'other')]",
    ],
)
def test_what_looks_like_a_secret_is_masked(log: Log, said: str) -> None:
    logging.getLogger("library").error("%s", said)
    try:
        raise ValueError(said)  # noqa: TRY301 - its traceback is what is tested
    except ValueError:
        structlog.get_logger("x").exception("it failed", said=said)
    written = log.stream.getvalue()
    assert "ValueError" in written
    for secret in ("canary", "Y2FuYXJ5", JWE, JWE[:20], OURS[12:]):
        assert secret not in written


@pytest.mark.parametrize(
    "said",
    [
        "the database at 127.0.0.1:5432/x does not answer",
        "realm 9341450000000001 of tenant t-17",
        "code: works once",
        "state=held code=number_taken",
        "http://127.0.0.1:9000/v3/company/1/invoice",
    ],
)
def test_ordinary_words_are_left_alone(said: str) -> None:
    assert mask(said) == said


@pytest.mark.accepts("OBS-08")
def test_the_level_decides_and_changes_at_once(log: Log) -> None:
    logger = structlog.get_logger("x")
    logger.debug("one")
    set_log_level(LogLevel.DEBUG)
    logger.debug("two")
    set_log_level(LogLevel.ERROR)
    logger.warning("three")
    assert [line["event"] for line in log.lines()] == ["two"]


@pytest.mark.accepts("OBS-08")
async def test_a_hangup_switches_to_debug_and_back(log: Log) -> None:
    switch_level_on_hangup(LogLevel.INFO)
    for expected in (logging.DEBUG, logging.INFO):
        os.kill(os.getpid(), signal.SIGHUP)

        async def switched(level: int = expected) -> bool:
            return logging.getLogger().level == level

        await eventually(switched)
    assert [line["to"] for line in log.lines()] == ["debug", "info"]
