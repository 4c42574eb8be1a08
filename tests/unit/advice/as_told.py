"""What a person does about a reason, by what its section says of what happens afterwards."""

from collections.abc import Awaitable, Callable

from providers.connections import ConnectionState
from schemas.afterwards import Afterwards
from schemas.errors import ReasonCode
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.unit.advice.world import World

Act = Callable[[], Awaitable[object]]


async def nothing() -> None:
    """Do nothing."""


async def as_told(
    world: World,
    id_: RecordId,
    entry: ReasonCode,
    *,
    put_right: Act = nothing,
    correct: Act = nothing,
) -> None:
    """See a record stopped, do what its reason says, and see it go on.

    Args:
        put_right: Takes the cause away in the ledger, in the settings, or in the gateway.
        correct: Announces what the document should be.
    """
    match entry.then:
        case Afterwards.SOLVE | Afterwards.BLOCKED:
            world.stopped(id_, entry)
            await put_right()
            await world.solve(id_)
        case Afterwards.EDIT | Afterwards.LOOK_UP | Afterwards.COMPARE | Afterwards.REFUSED:
            world.stopped(id_, entry)
            await correct()
            await world.work()
        case Afterwards.DEFECT:
            world.stopped(id_, entry)
            await put_right()
            await world.replay(entry.code)
        case Afterwards.RETRY:
            world.stopped(id_, entry)
            assert world.record(id_).state is SyncState.RETRYING
            await put_right()
            await world.later(seconds=31)
        case Afterwards.CONNECT:
            world.rests(id_)
            assert world.connection.state is ConnectionState.EXPIRED
            assert world.connection.reason is not None
            assert world.connection.reason.code == entry.code
            await put_right()
            await world.connect()
            await world.work()
        case Afterwards.REST:
            world.rests(id_)
            await put_right()
            await world.later(minutes=2)
        case _:
            raise AssertionError(f"what is done about {entry.code}?")
    world.goes_on(id_)
