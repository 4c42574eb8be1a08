"""Run the embedded services for a shell, or for one command.

    python -m gateway.embedded              until Ctrl-C or SIGTERM; prints the addresses
    python -m gateway.embedded -- COMMAND   while the command runs; exits with its code
    python -m gateway.embedded --prepare    only fetch what has to be fetched

The addresses are LEDGERLANE_TEST_DATABASE_URL and LEDGERLANE_TEST_KAFKA_BOOTSTRAP: printed as
shell exports, or in the environment of the command.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import Final

from gateway.embedded.command import run_command
from gateway.embedded.errors import CommandFailed, EmbeddedError
from gateway.embedded.jars import find_java, resolve_jars
from gateway.embedded.services import Services, services

_SIGNALLED: Final = 130


def main() -> int:
    """Run as the command line says; return the exit code."""
    arguments = _parser().parse_args()
    try:
        asyncio.run(_prepare() if arguments.prepare else _serve(arguments.command))
    except EmbeddedError as exc:
        sys.stderr.write(f"{exc}\n")
        return exc.exit_code if isinstance(exc, CommandFailed) else 1
    except (asyncio.CancelledError, KeyboardInterrupt):
        return _SIGNALLED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gateway.embedded",
        description="PostgreSQL and Kafka on this machine, until Ctrl-C or the command's end.",
    )
    parser.add_argument("--prepare", action="store_true", help="only fetch Kafka's jars")
    parser.add_argument("command", nargs="*", help="what to run meanwhile, after --")
    return parser


async def _prepare() -> None:
    find_java()
    await resolve_jars()


async def _serve(command: Sequence[str]) -> None:
    _cancel_on(signal.SIGINT, signal.SIGTERM)
    async with services() as here:
        if command:
            await run_command(here.run, command, _addresses(here))
        else:
            await _print_addresses(here)


def _addresses(here: Services) -> dict[str, str]:
    return {
        "LEDGERLANE_TEST_DATABASE_URL": here.database_url,
        "LEDGERLANE_TEST_KAFKA_BOOTSTRAP": here.kafka_bootstrap,
    }


async def _print_addresses(here: Services) -> None:
    exports = [f"export {name}='{value}'\n" for name, value in _addresses(here).items()]
    sys.stdout.write("".join(exports))
    sys.stdout.flush()
    await asyncio.Event().wait()  # until this task is cancelled


def _cancel_on(*signs: signal.Signals) -> None:
    """Cancel this task on a signal, even on SIGINT as a job of a shell, where it is ignored."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  called within one
    for sign in signs:
        asyncio.get_running_loop().add_signal_handler(sign, task.cancel)


if __name__ == "__main__":
    sys.exit(main())
