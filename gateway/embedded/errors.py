"""The errors of embedded services.

Refusal
└── EmbeddedError
    ├── NotInstalled     a program is missing; the message says what to install
    ├── StartFailed      a process did not get ready; the message has the end of its log
    │   └── Exited       it ended unexpectedly, so that another try (another port) may help
    └── CommandFailed    the command beside the services failed; has its exit code
"""

from gateway.errors import Refusal


class EmbeddedError(Refusal):
    """An embedded service can't be had."""


class NotInstalled(EmbeddedError):
    """A program that the service needs is missing."""


class StartFailed(EmbeddedError):
    """A process did not get ready in time."""


class Exited(StartFailed):
    """A process ended unexpectedly."""


class CommandFailed(EmbeddedError):
    """The command that ran beside the services ended with an exit code other than 0."""

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code
