"""The command `ledgerlane`."""

import sys

from gateway.cli.app import app
from gateway.cli.failures import run
from gateway.config.settings import LogLevel
from gateway.runtime.telemetry import set_up_logging


def main() -> None:
    """Run the command line, and exit with its code.

    What a command answers is all that it writes to standard output; its log goes to standard
    error, warnings and above. A role sets the level that its settings say.
    """
    set_up_logging(LogLevel.WARNING)
    sys.exit(run(app))


if __name__ == "__main__":
    main()
