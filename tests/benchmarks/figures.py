"""What a benchmark found, as a line for people and as JSON for the table of all of them."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        aim: What it is to be, in words; empty where nothing was promised.
        baseline: What it stands beside, measured in the same run.
        ratio: The value as a multiple of the baseline's.
    """

    name: str
    value: float
    unit: str
    aim: str = ""
    baseline: str = ""
    ratio: float | None = None

    def line(self) -> str:
        """Write it for people."""
        parts = [f"{self.name:<52} {self.value:>11,.1f} {self.unit}"]
        if self.ratio is not None:
            parts.append(f"{self.ratio:.2f} of {self.baseline}")
        if self.aim:
            parts.append(f"aim: {self.aim}")
        return "; ".join(parts)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many per cent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def parser(about: str | None) -> argparse.ArgumentParser:
    """Make a parser of what every benchmark understands."""
    made = argparse.ArgumentParser(description=about)
    made.add_argument("--json", action="store_true", help="write JSON instead of lines")
    return made


def load_average() -> float:
    """Return how many processes wanted to run, on average over the last minute."""
    return os.getloadavg()[0]


def show(figures: Sequence[Figure], *, as_json: bool, load_before: float) -> None:
    """Write figures, and how busy the machine was."""
    load = (round(load_before, 1), round(load_average(), 1))
    if as_json:
        told = {"load": load, "figures": [asdict(figure) for figure in figures]}
        sys.stdout.write(json.dumps(told) + "\n")
        return
    lines = [figure.line() for figure in figures]
    lines.append(f"load average {load[0]} before and {load[1]} after")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
