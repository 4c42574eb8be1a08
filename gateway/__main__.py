"""The command `ledgerlane`."""

import sys

from gateway.cli.app import app
from gateway.cli.failures import run


def main() -> None:
    """Run the command line, and exit with its code."""
    sys.exit(run(app))


if __name__ == "__main__":
    main()
