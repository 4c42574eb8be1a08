"""The end of a failed command: one line that says what is wrong, and an exit code.

The only place that turns errors into lines. An error that is not listed here is a defect, and
its traceback is printed.
"""

from typing import Final

import typer
from sqlalchemy.exc import DBAPIError
from typer.exceptions import Abort, TyperException

from consumers.kafka.lane_consumer import NotCopartitioned
from gateway.errors import Refusal
from gateway.runtime.telemetry import mask
from providers.errors import ProviderError
from providers.grants import CannotOpen

NAME: Final = "ledgerlane"
FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130

_FORESEEN: Final = (
    Refusal,
    NotCopartitioned,
    ProviderError,
    CannotOpen,
    DBAPIError,
)


def run(app: typer.Typer, arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name=NAME, standalone_mode=False)
    except TyperException as exc:
        return _say(f"{_one_line(exc).rstrip('.')}: see `{NAME} --help`", MISUSED)
    except (Abort, KeyboardInterrupt):
        return _say("interrupted", INTERRUPTED)
    except _FORESEEN as exc:
        return _say(line_of(exc), FAILED)
    except ExceptionGroup as group:
        foreseen, others = group.split(_FORESEEN)
        if foreseen is None or others is not None:
            raise
        return _say("; ".join(line_of(exc) for exc in _leaves(foreseen)), FAILED)
    return code if isinstance(code, int) else 0


def line_of(exc: BaseException) -> str:
    """Return one line about an error and what to do, without secrets."""
    if isinstance(exc, ProviderError):
        said = f" ({exc.reason.provider_code})" if exc.reason.provider_code else ""
        return mask(f"{exc.reason.cause}{said} {exc.reason.fix}")
    if isinstance(exc, DBAPIError):
        return mask(f"the database failed: {str(exc.orig).splitlines()[0]}")
    return mask(_one_line(exc))


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for exc in group.exceptions:
        found += _leaves(exc) if isinstance(exc, BaseExceptionGroup) else [exc]
    return found


def _one_line(exc: BaseException) -> str:
    return " ".join(str(exc).split())


def _say(line: str, code: int) -> int:
    typer.echo(f"{NAME}: {line}", err=True)
    return code
