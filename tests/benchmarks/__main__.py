"""Run every benchmark, one after the other, and print one table of what they found.

python -m tests.benchmarks              all of them, which takes about half an hour
python -m tests.benchmarks intake ...   those that are named
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tests.benchmarks.figures import Figure

COMMANDS: Mapping[str, Sequence[str]] = {
    "relay": ("bench_relay",),
    "publishers": ("bench_publishers",),
    "intake": ("bench_intake",),
    "tenants": ("bench_tenants",),
    "sweep": ("bench_sweep",),
    "latency": ("bench_latency",),
    "realm-qbo": ("bench_realm", "--provider", "qbo"),
    "realm-xero": ("bench_realm", "--provider", "xero"),
    "idle-realms": ("bench_idle_realms",),
}


def run(name: str) -> dict[str, Any]:
    """Run one benchmark; gives what it told.

    Raises:
        CalledProcessError: it failed; what it wrote about it was let through.
    """
    script, *options = COMMANDS[name]
    command = [sys.executable, "-m", f"tests.benchmarks.{script}", *options, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - ours
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def table(told: Mapping[str, Mapping[str, Any]]) -> str:
    """Write what all of them found, each with how busy the machine was."""
    lines = []
    for name, one in told.items():
        before, after = one["load"]
        lines.append(f"{name} (load average {before} before, {after} after)")
        lines += [f"  {Figure(**figure).line()}" for figure in one["figures"]]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run those that the command line names, or all."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", metavar="name", help=", ".join(COMMANDS))
    names = options.parse_args().names or list(COMMANDS)
    if unknown := set(names) - set(COMMANDS):
        options.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    found = {}
    for name in names:
        sys.stderr.write(f"{name} ...\n")
        found[name] = run(name)
    sys.stdout.write(table(found))


if __name__ == "__main__":
    main()
