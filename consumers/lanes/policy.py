"""How much a process does at once, and how long it waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LanePolicy:
    """The limits of one engine. What ships is set by `gateway.config.settings.LaneSettings`.

    Attributes:
        resident_limit: The most items of one lane in memory, 1 or more.
        low_water: The count of ready items below which a lane loads a page from the table.
        max_tasks: The most dispatches at once, over all lanes, 1 or more.
        max_pages: The most pages loaded from the table at once, over all lanes.
        patience_s: Seconds; a signal that could be handled only later than this is left to the
            table, so that it does not hold offsets back.
        sweep_s: Seconds from one look at the table for work without a signal to the next.
        trouble_pause_s: Seconds that a lane waits after a failure of our own side.
    """

    resident_limit: int = 100
    low_water: int = 25
    max_tasks: int = 64
    max_pages: int = 8
    patience_s: float = 30.0
    sweep_s: float = 10.0
    trouble_pause_s: float = 1.0
