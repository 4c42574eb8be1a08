"""Dead letters from an operator's shell: listed, shown, and replayed without harm."""

import pytest

from schemas.ids import ProviderName
from tests.chaos.platform import Owner, account, customer, invoice, item, refused
from tests.chaos.process_group import ROLES, ProcessGroup
from tests.e2e.shell import Ended, ledgerlane
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")


async def dead(group: ProcessGroup, *arguments: str) -> Ended:
    return await ledgerlane(group.environ, "dead", *arguments)


async def die(group: ProcessGroup, provider: ProviderName = QBO) -> None:
    """Announce a document that the provider refuses."""
    bad, _ = refused(provider, 1)
    await group.platform.announce(T1, customer(0), item(), account(), bad)
    await eventually(lambda: letters(group, 1))


async def letters(group: ProcessGroup, count: int) -> bool:
    return await group.count("dead_letters") == count


@pytest.mark.accepts("GWY-18")
@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_a_replay_of_an_old_version_changes_nothing_and_the_dry_run_says_so(
    group: ProcessGroup, provider: ProviderName
) -> None:
    _, code = refused(provider, 1)
    books = await group.connect(provider, "t1")
    await group.start(*ROLES)
    await die(group, provider)
    (letter,) = (await dead(group, "list", "--json")).json()
    assert (letter["code"], letter["version"]) == (code, 1)
    await group.platform.announce(T1, invoice(1, "20"))
    await group.agree(dead=1)
    writes = books.operations("")
    dry = await dead(group, "replay", letter["id"], "--dry-run")
    assert dry.output == "would replay: 1 superseded\n"
    done = await dead(group, "replay", letter["id"], "--json")
    assert done.json() == [{"id": letter["id"], "effect": "superseded"}]
    await group.platform.announce(T1, customer(0, "later"))
    await group.agree(dead=1)
    assert books.operations("") == writes + 1, "the later change alone was written"
    assert (await dead(group, "list", "--json")).json() == [], "it was dealt with"


async def test_a_dead_letter_is_shown_whole_and_a_replay_tries_its_record_again(
    group: ProcessGroup,
) -> None:
    await group.connect(QBO, "t1")
    await group.start(*ROLES)
    await die(group)
    (listed,) = (await dead(group, "list", "--tenant", "t1", "--json")).json()
    shown = (await dead(group, "show", listed["id"])).json()
    assert shown["documents"]["desired"]["lines"][0]["account_id"] == "account"
    assert shown["reason"]["fix"]
    assert (shown["attempts"], shown["version"]) == (1, 1)
    missing = await dead(group, "show", "6d1c7a8e-0000-4000-8000-000000000000")
    assert missing.code == 1
    assert missing.errors.startswith("ledgerlane: no dead letter")
    done = await dead(group, "replay", "--code", "item_needed", "--json")
    assert done.json() == [{"id": listed["id"], "effect": "push"}]
    await eventually(lambda: letters(group, 2))


async def test_an_event_of_a_company_that_was_not_connected_is_replayed_once_it_is(
    group: ProcessGroup,
) -> None:
    await group.start(*ROLES)
    await group.platform.announce(T1, customer(0))
    await eventually(lambda: letters(group, 1))
    books = await group.connect(QBO, "t1")
    dry = await dead(group, "replay", "--code", "connection_required", "--dry-run")
    assert (dry.code, dry.output) == (0, "would replay: 1 event\n")
    assert len((await dead(group, "list", "--json")).json()) == 1, "a dry run changes nothing"
    done = await dead(group, "replay", "--code", "connection_required", "--json")
    assert [one["effect"] for one in done.json()] == ["event"]
    await group.agree(dead=1)
    assert [line.key for line in books.held()] == ["Customer 0"]
