"""Messages that can't be handled become dead letters, and everything else goes on."""

import json
from base64 import b64decode
from collections import Counter

import pytest

from schemas.documents.catalogue import encode
from schemas.ids import ProviderName
from schemas.signal import Signal
from tests.chaos.platform import (
    Owner,
    account,
    business,
    customer,
    invoice,
    item,
    refused as refused_invoice,
)
from tests.chaos.process_group import ROLES, ProcessGroup
from tests.e2e.letters import POISON_SIGNALS, poison_events
from tests.e2e.shell import ledgerlane
from tests.e2e.topics import put, records
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")
ROUNDS = 80


@pytest.mark.accepts("ERR-12")
async def test_a_thousand_poison_messages_stand_in_nobodys_way(group: ProcessGroup) -> None:
    for provider in (QBO, XERO):
        await group.connect(provider, "t1")
    await group.start(*ROLES)
    bootstrap = group.services.kafka.bootstrap
    events = [poison for _ in range(ROUNDS) for poison in poison_events()]
    await put(bootstrap, "platform.events", *((h, value) for _, h, value in events))
    for topic in ("qbo.work", "xero.work"):
        await put(bootstrap, topic, *(((), one) for one in POISON_SIGNALS * (ROUNDS // 4)))
    await group.platform.announce(T1, *business(3, 5))
    signals = len(POISON_SIGNALS) * (ROUNDS // 4)
    assert len(events) + 2 * signals > 1000
    await group.agree(dead=len(events) + 2 * signals)
    found = await group.rows("SELECT code, count(*) AS n FROM dead_letters GROUP BY code")
    expected = Counter(code for code, _, _ in events) + Counter(malformed_signal=2 * signals)
    assert {row["code"]: row["n"] for row in found} == expected


@pytest.mark.accepts("GWY-16", "RUN-11")
async def test_a_dead_letter_says_why_and_where_it_came_from(group: ProcessGroup) -> None:
    await group.connect(QBO, "t1")
    await group.start(*ROLES)
    bootstrap = group.services.kafka.bootstrap
    events = list(poison_events())
    sent = await put(bootstrap, "platform.events", *((h, value) for _, h, value in events))
    wrong = await put(bootstrap, "qbo.work", *(((), one) for one in POISON_SIGNALS))
    wanted = {_place(at): code for at, (code, _, _) in zip(sent, events, strict=True)}
    wanted |= {_place(at): "malformed_signal" for at in wrong}

    async def all_there() -> bool:
        return len(await records(bootstrap, "platform.dead", "qbo.dead")) >= len(wanted)

    await eventually(all_there)
    dead = await records(bootstrap, "platform.dead", "qbo.dead")
    names = ("ce_originaltopic", "ce_originalpartition", "ce_originaloffset")
    told = {
        tuple(one.header(name) for name in names): one.header("ce_reasoncode") for one in dead
    }
    assert told == wanted
    for one in dead:
        letter = json.loads(one.value)
        assert letter["reason"]["cause"]
        assert letter["reason"]["fix"]
        assert letter["attempts"] == 1
        from_work = one.header("ce_originaltopic") == "qbo.work"
        assert one.topic == ("qbo.dead" if from_work else "platform.dead")


@pytest.mark.accepts("GWY-16", "RUN-11")
async def test_the_letter_of_a_refused_document_has_all_that_a_replay_needs(
    group: ProcessGroup,
) -> None:
    """Each provider refuses another document; both letters are read from their topics."""
    companies = [await group.connect(provider, "t1") for provider in (QBO, XERO)]
    await group.start(*ROLES)
    await group.platform.announce(T1, customer(0), item(), account())
    await group.agree()
    refused = [
        (books, refused_invoice(books.simulator.name, n)[0])
        for n, books in enumerate(companies)
    ]
    for books, document in refused:
        await group.platform.announce(Owner("t1", books.realm), document)
    bootstrap = group.services.kafka.bootstrap

    async def both_there() -> bool:
        return len(await records(bootstrap, "qbo.dead", "xero.dead")) == len(refused)

    await eventually(both_there)
    by_topic = {one.topic: one for one in await records(bootstrap, "qbo.dead", "xero.dead")}
    for books, document in refused:
        letter = json.loads(by_topic[f"{books.simulator.name}.dead"].value)
        assert letter["documents"]["desired"] == json.loads(encode(document))
        assert letter["documents"]["base"] is None
        signal = Signal.from_bytes(b64decode(letter["original_value"]))
        assert (signal.tenant_id, signal.realm_id) == ("t1", books.realm)
        assert (letter["attempts"], letter["reason"]["category"]) == (1, "validation")


@pytest.mark.accepts("ERR-11")
@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_one_bad_document_of_a_hundred_is_the_only_one_that_fails(
    group: ProcessGroup, provider: ProviderName
) -> None:
    """At Xero the bad one shares a batch with good ones, which are saved."""
    books = await group.connect(provider, "t1")
    await group.start(*ROLES)
    good = [invoice(n, f"5.{n:02}") for n in range(97)]
    await group.platform.announce(T1, customer(0), item(), account(), *good)
    bad, code = refused_invoice(provider, 99)
    await group.platform.announce(Owner("t1", books.realm), bad)
    group.platform.forget(Owner("t1", books.realm), bad)
    await group.agree(dead=1)
    letters = await ledgerlane(group.environ, "dead", "list", "--tenant", "t1", "--json")
    (letter,) = letters.json()
    assert (letter["code"], letter["document_id"]) == (code, bad.id)
    assert letter["reason"]["fix"]
    assert await group.count("sync_records") == 101


def _place(at: object) -> tuple[str, ...]:
    return tuple(str(getattr(at, name)) for name in ("topic", "partition", "offset"))
