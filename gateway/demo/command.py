"""What `ledgerlane demo` does: run a demo, print its result, and keep it running if asked."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

from rich.console import Console

from gateway.config.settings import PREFIX, environment
from gateway.demo.display import LiveReporter, PlainReporter, outcome
from gateway.demo.environment.environment import GivenServices, shown_addresses
from gateway.demo.errors import BooksDiffer
from gateway.demo.reporter import Reporter
from gateway.demo.runner import FinishedDemo, Options, run_demo
from gateway.demo.verification.result import DemoResult
from gateway.output import print_json

_WIDTH: Final = 120


@dataclass(frozen=True, slots=True)
class Output:
    """What the command leaves behind.

    Attributes:
        keep: Whether everything runs on until the command is interrupted.
        screen: The SVG file for the final screen, if any.
        json: Whether the result is printed as JSON; everything else then goes to stderr.
    """

    keep: bool
    screen: Path | None
    json: bool


async def run_command(options: Options, output: Output) -> None:
    """Run a demo and print its result.

    Raises:
        BooksDiffer: the books do not agree.
        EmbeddedError: a service or process could not be started, or ended.
    """
    console = Console(stderr=output.json)
    with ExitStack() as stack:
        reporter = _reporter(console, stack, plain=output.json)
        async with run_demo(options, _given(), reporter) as finished:
            stack.close()
            _print(finished.result, console, json=output.json)
            if output.screen is not None:
                _save(finished.result, output.screen)
            if output.keep:
                await _keep(finished, console)
            if not finished.result.agrees:
                logs = finished.environment.services.run.logs
                raise BooksDiffer(f"the books do not agree; logs: {logs}")


def _given() -> GivenServices:
    variables = environment()
    return GivenServices(
        variables.get(f"{PREFIX}DATABASE_URL", ""),
        variables.get(f"{PREFIX}KAFKA_BOOTSTRAP", ""),
    )


def _reporter(console: Console, stack: ExitStack, *, plain: bool) -> Reporter:
    if plain or not console.is_terminal:
        return PlainReporter(console)
    return stack.enter_context(LiveReporter(console))


def _print(result: DemoResult, console: Console, *, json: bool) -> None:
    if json:
        print_json(result.as_dict())
    else:
        console.print(outcome(result, width=console.width))


def _save(result: DemoResult, path: Path) -> None:
    recorder = Console(record=True, width=_WIDTH, file=StringIO())
    recorder.print(outcome(result, width=_WIDTH))
    recorder.save_svg(str(path), title="ledgerlane demo")


async def _keep(finished: FinishedDemo, console: Console) -> None:
    for name, address in shown_addresses(finished.environment).items():
        console.print(f"{name}: {address}", highlight=False, markup=False, soft_wrap=True)
    console.print("Everything stays up until Ctrl-C.")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        console.print("Stopping")
