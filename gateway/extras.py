"""The extras of the package: what the demo and secret stores need beyond the product."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from gateway.errors import Refusal


class ExtraMissing(Refusal):
    """A command or a setting needs packages that are not installed."""


@dataclass(frozen=True, slots=True)
class Extra:
    """An extra of the package.

    Attributes:
        name: The name by which pip installs it.
        modules: The modules of its packages that are needed in any case.
    """

    name: str
    modules: tuple[str, ...]

    @property
    def advice(self) -> str:
        """Return how to install it, in a checkout and elsewhere."""
        return f"in a checkout run `make setup`, or `pip install 'ledgerlane[{self.name}]'`"


# Embedded PostgreSQL is not among them: it isn't needed where a database is named.
DEMO: Final = Extra("demo", ("rich",))
VAULT: Final = Extra("vault", ("hvac",))
KMS: Final = Extra("kms", ("boto3",))


def check_extra(wanted: str, extra: Extra) -> None:
    """Check that the packages of an extra are installed.

    Args:
        wanted: The command or setting that needs them.

    Raises:
        ExtraMissing: one is not; the message says what to install.
    """
    missing = [name for name in extra.modules if find_spec(name) is None]
    if missing:
        raise ExtraMissing(f"`{wanted}` needs {', '.join(missing)}: {extra.advice}")
