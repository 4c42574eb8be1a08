"""Print the figures of the product's code and of its rooms."""

import sys
from typing import Final

from tests.house import figures
from tests.house.rooms import arrows_between_rooms, floors
from tests.house.source import files_of

PRODUCT: Final = (
    "consumers",
    "gateway",
    "outbox/ledgerlane_outbox",
    "producers",
    "providers",
    "schemas",
)
# Simulators, demo and embedded services are for showing and testing; migrations are history.
SHOWING: Final = (
    "providers/simulators",
    "gateway/demo",
    "gateway/embedded",
    "gateway/migrations",
)
FOLDERS: Final = ("consumers", "gateway", "producers", "providers")


def main() -> None:
    """Print a line for each figure, then one for each folder."""
    files = files_of(PRODUCT, without=SHOWING)
    lines, methods = figures.largest_class(files)
    out = [
        f"modules: median / p90 / max        {figures.module_lines(files)}",
        f"functions: median / p90 / max      {figures.function_lines(files)}",
        f"parameters: median / p90 / max     {figures.parameters(files)}",
        f"largest class: lines (methods)     {lines} ({methods})",
        f"comment lines                      {figures.comment_share(files):.1%}",
        f"docs: class / public function      "
        f"{figures.class_docs(files):.0%} / {figures.function_docs(files):.0%}",
    ]
    for folder in FOLDERS:
        arrows = arrows_between_rooms(files_of([folder], without=SHOWING), folder)
        count = sum(len(others) for others in arrows.values())
        try:
            stand = f"{len(floors(arrows))} floors"
        except ValueError as exc:
            stand = str(exc)
        out.append(f"{folder + '/':<18} {len(arrows)} rooms, {stand}, {count} arrows")
    sys.stdout.write("\n".join(out) + "\n")


main()
