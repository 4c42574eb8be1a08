"""What a lane knows of its work in the table, without asking it."""

from schemas.signal import Priority


class TableState:
    """Whether the table may hold work of a lane, and how urgent that is at most.

    It errs on the side of work: at first, and whenever it can't be known, the table has some,
    and a page that comes back empty ends that.
    """

    __slots__ = ("_most_urgent", "_spills_before_page", "has_work", "spills")

    def __init__(self) -> None:
        self.has_work = True
        self._most_urgent = Priority.PERSON
        self.spills = 0
        """How often the table got, or may have got, work of this lane."""
        self._spills_before_page = 0

    def note(self, priority: Priority) -> None:
        """Remember that the table holds work, and how urgent that is at least."""
        if not self.has_work:
            self._most_urgent = Priority.IMPORT
        self._most_urgent = min(self._most_urgent, priority)
        self.has_work = True
        self.spills += 1

    def begin_page(self) -> None:
        """Remember what was known before a page was read: it holds the most urgent work."""
        self._spills_before_page = self.spills
        self._most_urgent = Priority.IMPORT

    def end_page(self, last: Priority | None, *, more: bool) -> None:
        """Learn from a page what is left in the table.

        Args:
            last: The priority of the page's last item; ``None`` when it was empty.
            more: Whether the table had more than the page had room for.
        """
        # Whether the page saw what spilled while it was read is not known, so that counts as
        # work in the table, and the next page looks again.
        self.has_work = more or self.spills > self._spills_before_page
        if more and last is not None:
            self._most_urgent = min(self._most_urgent, last)

    def may_hold_as_urgent(self, priority: Priority) -> bool:
        """Return whether the table may hold work that goes before, or with, this priority."""
        return self.has_work and priority >= self._most_urgent

    def may_hold_more_urgent(self, priority: Priority | None) -> bool:
        """Return whether the table may hold more urgent work; than none, any is."""
        return self.has_work and (priority is None or self._most_urgent < priority)
