"""A third provider from registration to its ledger: commands, settings, topics, a worker."""

from pathlib import Path
from typing import Final

import pytest

from gateway.config.settings import PREFIX
from tests.chaos.books import Books, records_of
from tests.chaos.platform import Owner, business
from tests.chaos.process_group import INTAKE, RELAY, ProcessGroup
from tests.e2e.shell import Ended, ledgerlane
from tests.eventually import eventually
from tests.fakes.served import QBO

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME: Final = "notebook"
WORKER: Final = f"worker {NAME}"
_ACCOUNTS: Final = '{"accounts": {"sales": "1", "deposit": "35"}}'
_REGISTRATION: Final = Path(__file__).with_name("third_provider")


def registered(group: ProcessGroup) -> dict[str, str]:
    """Return the environment in which the provider is registered and configured."""
    simulator = group.services.simulators[QBO].variables()
    own = {
        name.replace("QBO_", f"{NAME.upper()}_", 1): value for name, value in simulator.items()
    }
    variables = {f"{PREFIX}{name}": value for name, value in own.items()}
    return {**group.environ, **variables, "PYTHONPATH": str(_REGISTRATION)}


def _found_company(group: ProcessGroup) -> Books:
    """Create a company at the simulator that stands for the third provider."""
    simulator = group.services.simulators[QBO]
    realm = simulator.control("companies", {"name": "t1 Ltd", "country": "GB"})["realm"]
    return Books(simulator, "t1", realm, frozenset(records_of(simulator, realm)))


async def test_a_third_provider_is_one_entry_of_the_list_and_works_through_everything(
    group: ProcessGroup,
) -> None:
    group.environ = registered(group)

    async def command(*arguments: str) -> Ended:
        ended = await ledgerlane(group.environ, *arguments)
        assert ended.code == 0, ended.errors
        return ended

    applied = (await command("topics", "apply", "--json")).json()
    assert {f"{NAME}.work", f"{NAME}.dead"} <= set(applied["created"])
    actions = (await command("actions", "--json")).json()
    assert any(one["name"].startswith(f"{NAME}.") for one in actions)
    consent = (await command("connect-url", "--provider", NAME, "--json")).json()
    assert consent["state"] in consent["url"]
    books = _found_company(group)
    code = group.services.simulators[QBO].consent(
        group.services.settings(group.environ), books.realm
    )
    named = ("--provider", NAME, "--tenant", "t1", "--realm", books.realm)
    await command("connect", *named, "--code", code, "--default")
    await group.execute("UPDATE connections SET settings = CAST(:s AS jsonb)", s=_ACCOUNTS)
    await group.start(RELAY, INTAKE, WORKER)
    await group.platform.announce(Owner("t1"), *business(2, 3))

    async def all_agree() -> bool:
        rows = await group.rows("SELECT provider, state FROM sync_records")
        return len(rows) == len(business(2, 3)) and {
            (row["provider"], row["state"]) for row in rows
        } == {(NAME, "agreed")}

    await eventually(all_agree, within_s=40)
    assert books.held() == books.expected(group.platform)
    assert await group.stop(WORKER) == 0
