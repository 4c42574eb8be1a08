"""The consumers beside each other: who does how much in a second, and how late records are.

In each round every consumer has its turn, so that whoever else is busy on the machine is busy
for all of them; rates and processor times are medians over the rounds. Records are spread over
keys evenly, so that the consumer is what limits, or by Zipf's law, so that the order within
the busiest key does: that bound is given. The lanes run twice on the latter: with each record
a document of its own, like the others; and with all of a key versions of one, as in production.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.lanes.competitors import Program, ours, parallel_consumer, pyrallel
from tests.benchmarks.lanes.load import AT_ONCE, Load, even, zipf
from tests.benchmarks.lanes.ordered import WORK_MS, Told, Track, open_track

SEED: Final = 20_261_121
AIM_PER_S: Final = 3_500
HALF: Final = 0.5
OURS: Final = ours()
SUPERSEDING: Final = ours(supersedes=True)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a contest is.

    Attributes:
        records: Of one burst.
        keys: They are spread over so many.
        latency_s: For how long records come in regular intervals.
        slots: Of each consumer.
    """

    records: int = 20_000
    keys: int = 10_000
    rounds: int = 3
    latency_s: int = 15
    slots: int = 128


@dataclass(frozen=True, slots=True)
class Pace:
    """The medians of what a consumer did with bursts."""

    per_s: float
    cpu_us: float


async def held(sizes: Sizes) -> list[Figure]:
    """Hold the contest."""
    python, java = pyrallel(), parallel_consumer()
    in_turn, busy = even(sizes.keys, sizes.records), _zipf(sizes, sizes.records)
    async with open_track(sizes.slots) as track:
        evenly = await _bursts(track, [OURS, python, java], in_turn, sizes.rounds)
        by_zipf = await _bursts(track, [OURS, SUPERSEDING, python, java], busy, sizes.rounds)
        best = max(pace.per_s for one, pace in by_zipf.items() if not one.supersedes)
        delays = await _delays(track, list(by_zipf), best * HALF, sizes)
    return [
        *_paces("even keys", evenly, python, java),
        *_paces("Zipf keys", by_zipf, python, java),
        Figure("Zipf keys: the most that their order allows", _bound(busy), "records/s"),
        *delays,
    ]


def _zipf(sizes: Sizes, records: int) -> list[int]:
    return zipf(sizes.keys, records, seed=SEED)


def _bound(keys: Sequence[int]) -> float:
    """Return the rate at which the busiest key is worked on without a pause."""
    return len(keys) * 1000 / (Load(0, keys).busiest * WORK_MS)


async def _bursts(
    track: Track, programs: Sequence[Program], keys: Sequence[int], rounds: int
) -> dict[Program, Pace]:
    told: dict[Program, list[Told]] = {program: [] for program in programs}
    for turn in range(rounds):
        for program in programs:
            _say(f"round {turn + 1} of {rounds}: {program.name}")
            told[program].append(await track.measure(program, keys, AT_ONCE))
    return {
        program: Pace(median(t.per_s for t in all_), median(t.cpu_us for t in all_))
        for program, all_ in told.items()
    }


async def _delays(
    track: Track, programs: Sequence[Program], per_s: float, sizes: Sizes
) -> list[Figure]:
    keys = _zipf(sizes, int(per_s * sizes.latency_s))
    figures = []
    for program in programs:
        _say(f"{per_s:,.0f} records/s: {program.name}")
        told = await track.measure(program, keys, per_s)
        title = f"Zipf keys at {per_s:,.0f} records/s: {program.name}"
        figures += [
            Figure(f"{title}, p50", percentile(told.delays_ms, 50), "ms"),
            Figure(f"{title}, p99", percentile(told.delays_ms, 99), "ms"),
        ]
    return figures


def _paces(
    keys: str, paces: Mapping[Program, Pace], python: Program, java: Program
) -> list[Figure]:
    figures = []
    for program, pace in paces.items():
        title = f"{keys}: {program.name}"
        if program in {OURS, SUPERSEDING}:
            figures += _ratios(title, pace.per_s, {p: paces[p].per_s for p in (python, java)})
        else:
            figures.append(Figure(title, pace.per_s, "records/s"))
        figures.append(Figure(f"{title}, processor time a record", pace.cpu_us, "us"))
    return figures


def _ratios(title: str, per_s: float, others: Mapping[Program, float]) -> list[Figure]:
    aims = (f"1.25 or more, and {AIM_PER_S:,} records/s", "")
    return [
        Figure(title, per_s, "records/s", aim, other.name, per_s / theirs)
        for aim, (other, theirs) in zip(aims, others.items(), strict=True)
    ]


def _say(what: str) -> None:
    sys.stderr.write(f"  {what}\n")
