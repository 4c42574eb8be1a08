"""Runs one route of mq-bridge, given as JSON; run by the interpreter that has it."""

import json
import logging
import sys
from importlib import import_module
from typing import Any

# Of the competitors' environment, which no type checker looks into.
mq_bridge: Any = import_module("mq_bridge")


def main() -> None:
    """Run the route until a signal."""
    logging.basicConfig(level=logging.WARNING)
    mq_bridge.init_logging()
    mq_bridge.Route.from_config(json.loads(sys.argv[1])).run()


if __name__ == "__main__":
    main()
