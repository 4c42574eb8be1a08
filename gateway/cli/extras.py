"""The extra `ledgerlane[demo]`: what the demo and the simulators need beyond the product."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

from gateway.errors import Refusal

# The modules that the extra installs and that simulators need.
SIMULATOR_MODULES: Final = ("jinja2", "python_multipart")


class ExtraMissing(Refusal):
    """The command needs packages that are not installed."""


def check_extra(command: str, modules: Sequence[str] = SIMULATOR_MODULES) -> None:
    """Check that the packages of the extra are installed.

    Raises:
        ExtraMissing: one is not; the message says what to install.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise ExtraMissing(
            f"`{command}` needs {', '.join(missing)}: run `pip install 'ledgerlane[demo]'`"
        )
