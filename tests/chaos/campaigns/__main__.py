"""Run fault campaigns on real processes: `python -m tests.chaos.campaigns --campaigns 100`.

Two of each worker, two relays and an intake keep the books of three companies while documents
come; a campaign strikes once, and must be back at 90 % of the rate within 15 s. In the end all
books agree to the last document: nothing lost, nothing twice, nothing in another's books.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final

from tests.chaos.campaigns import network
from tests.chaos.campaigns.clocks import Clock, NoFakeClock
from tests.chaos.campaigns.faults import FAULTS, Scene
from tests.chaos.campaigns.traffic import WINDOW_S, Arrivals, Traffic
from tests.chaos.process_group import ProcessGroup, open_process_group
from tests.chaos.services import RunningServices, open_services
from tests.fakes.served import QBO, XERO

ROLES: Final = (
    "relay",
    "relay#2",
    "worker intake",
    "worker qbo",
    "worker qbo#2",
    "worker xero",
    "worker xero#2",
)
SEASON: Final = 10
RECOVERY_SHARE: Final = 0.9
RECOVERY_S: Final = 15.0
# Xero takes 60 calls a minute from a company. One that has used them up waits, whatever else
# happens, and its wait would count as recovery: so its tenant trades every two seconds only.
TURNS: Final = {"t1": 4, "t2": 1}
_WATCHED_S: Final = 45.0
_AGREE_S: Final = 180.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one campaign.

    Attributes:
        ended_at: When its fault was over.
        recovered_s: How long after that the rate was back; None where it took over 45 s.
        course: The records a second from then on, where it was late.
        wrong: What is wrong in the books; empty when all is right.
    """

    number: int
    fault: str
    detail: str
    ended_at: datetime
    recovered_s: float | None
    course: str = ""
    wrong: str = ""

    @property
    def late(self) -> bool:
        """Whether things were back later than they are to be."""
        return self.recovered_s is None or self.recovered_s > RECOVERY_S

    def __str__(self) -> str:
        back = f"{self.recovered_s:5.1f} s" if self.recovered_s is not None else "over 45 s"
        told = f"{self.number:4} {self.ended_at:%H:%M:%S} {self.fault:9} back after {back}"
        return f"{told}  {self.detail} {self.course} {self.wrong}".rstrip()


class Missed(Exception):
    """Books disagreed or things came back too late; the processes' logs are kept for it."""

    def __init__(self, results: Sequence[Result], logs: Path) -> None:
        super().__init__(str(logs))
        self.results = results
        self.logs = logs


@asynccontextmanager
async def season(
    services: RunningServices, random: Random
) -> AsyncIterator[tuple[Scene, Traffic]]:
    """Have everything at work, with traffic; some campaigns share it."""
    clock = Clock(services.run.data / f"clock-{random.random()}")
    async with open_process_group(services) as group:
        await group.connect(QBO, "t1")
        await group.connect(XERO, "t1")
        await group.connect(QBO, "t2")
        group.environ = {**group.environ, **clock.environ()}
        await group.start(*ROLES)
        traffic = Traffic(group, TURNS)
        await traffic.open()
        yield Scene(group, clock, random), traffic


async def campaign(number: int, fault: str, scene: Scene, traffic: Traffic) -> Result:
    """Strike once, under traffic, and see what becomes of it."""
    traffic.over = False
    arrivals = Arrivals(scene.group)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(traffic.run())
        tasks.create_task(arrivals.run(traffic))
        await asyncio.sleep(scene.random.uniform(1, 3))
        detail = await FAULTS[fault](scene)
        ended, ended_at = monotonic(), datetime.now(UTC)
        rate = RECOVERY_SHARE * traffic.offered
        recovered = await arrivals.recovery(ended, rate=rate, within_s=_WATCHED_S)
        traffic.over = True
    again = scene.group.ended()
    if again:
        await scene.group.start(*again)
        detail += f" (started again: {', '.join(again)})"
    wrong = await _disagreement(scene.group)
    result = Result(number, fault, detail, ended_at, recovered, wrong=wrong)
    return replace(result, course=arrivals.course(ended)) if result.late else result


async def _disagreement(group: ProcessGroup) -> str:
    try:
        await group.agree(within_s=_AGREE_S)
    except AssertionError as exc:
        return f"WRONG: {exc}"
    return ""


async def run(campaigns: int, seed: int, kinds: Sequence[str]) -> list[Result]:
    """Run so many campaigns, the kinds in turn; a season ends early where books disagree.

    Raises:
        Missed: in some of them not all was well.
    """
    results: list[Result] = []
    async with open_services() as services:
        while len(results) < campaigns:
            random = Random(f"{seed}/{len(results)}")  # noqa: S311 reproducible, not secret
            async with season(services, random) as (scene, traffic):
                for _ in range(min(SEASON, campaigns - len(results))):
                    number = len(results)
                    kind = kinds[number % len(kinds)]
                    results.append(await campaign(number, kind, scene, traffic))
                    say(results[-1])
                    if results[-1].wrong:
                        break
        if any(one.late or one.wrong for one in results):
            raise Missed(results, services.run.logs)
    return results


def summary(results: Sequence[Result]) -> list[str]:
    """Return for each kind of fault how often it struck and how soon things were back."""
    lines = []
    for kind in FAULTS:
        found = [one for one in results if one.fault == kind]
        if not found:
            continue
        times = sorted(float("inf") if r.recovered_s is None else r.recovered_s for r in found)
        late = sum(one.late for one in found)
        wrong = sum(bool(one.wrong) for one in found)
        lines.append(
            f"{kind:9} {len(found):3} campaigns, {wrong} with wrong books; back after "
            f"{times[len(times) // 2]:.1f} s (median), {times[-1]:.1f} s (worst), {late} late"
        )
    return lines


def main() -> int:
    """Run as the command line says; 1 where books disagreed or things came back too late."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaigns", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only", choices=sorted(FAULTS), action="append")
    options = parser.parse_args()
    try:
        if not options.inside:
            network.enter_namespace("tests.chaos.campaigns", [*sys.argv[1:], "--inside"])
        results, missed = asyncio.run(_main(options)), ""
    except Missed as exc:
        results, missed = exc.results, f"the logs of what was late or wrong: {exc.logs}"
    except (network.NoNamespace, NoFakeClock) as exc:
        sys.stderr.write(f"chaos: {exc}\n")
        return 2
    say(f"\nseed {options.seed}, a rate is that of {WINDOW_S:.0f} s")
    for line in filter(None, (*summary(results), missed)):
        say(line)
    return int(bool(missed))


def say(line: object) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _main(options: argparse.Namespace) -> Sequence[Result]:
    await network.prepare()
    return await run(options.campaigns, options.seed, options.only or list(FAULTS))


if __name__ == "__main__":
    sys.exit(main())
