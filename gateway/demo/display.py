"""The display of a demo: a live screen or plain lines, and the tables at its end."""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Final, Self

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gateway.demo.progress import RealmProgress
from gateway.demo.reporter import DemoView
from gateway.demo.verification.comparison import ComparisonRow, DocumentSums
from gateway.demo.verification.recovery_report import RecoveryReport
from gateway.demo.verification.result import DemoResult, RealmResult
from providers.registry import PROVIDERS
from schemas.currencies import minor_units
from schemas.documents.document import DocumentType
from schemas.ids import ProviderName
from schemas.result import SyncState

_SIDE_BY_SIDE: Final = 104
_STATES: Final = (
    (SyncState.AGREED, "green"),
    (SyncState.PENDING, "cyan"),
    (SyncState.WAITING, "blue"),
    (SyncState.RETRYING, "yellow"),
    (SyncState.HELD, "magenta"),
    (SyncState.DEAD, "red"),
    (SyncState.SKIPPED, "dim"),
)
_OWED: Final = frozenset({DocumentType.INVOICE, DocumentType.BILL})
_MONEY: Final = _OWED | {DocumentType.PAYMENT}
_LINE_EVERY_S: Final = 3.0
_DIFFERENCES_SHOWN: Final = 20


class PlainReporter:
    """Writes plain lines, for where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_s = 0.0

    def say(self, line: str) -> None:
        """Write a line."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def show(self, view: DemoView) -> None:
        """Write a line every few seconds."""
        if view.seconds >= self._next_s:
            self._next_s = view.seconds + _LINE_EVERY_S
            self.say(summary(view))


class LiveReporter:
    """Keeps a screen up to date on a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def say(self, line: str) -> None:
        """Write a line above the screen."""
        self._console.print(f"[dim]·[/dim] {escape(line)}", highlight=False)

    def show(self, view: DemoView) -> None:
        """Draw the screen anew."""
        self._live.update(screen(view))


def summary(view: DemoView) -> str:
    """Return a view as one line."""
    progress = view.progress
    totals = {
        state: sum(realm.states.get(state, 0) for realm in progress.realms)
        for state, _ in _STATES
    }
    said = ", ".join(f"{count} {state}" for state, count in totals.items() if count)
    return (
        f"{view.seconds:5.0f} s  settled {progress.settled}/{view.expected}  "
        f"outbox {progress.backlog}  {view.per_second:.0f} events/s  {said}"
    )


def screen(view: DemoView) -> RenderableType:
    """Return the live screen of a view."""
    notes = Text("\n".join(view.notes) or "nothing went wrong so far", style="yellow")
    return Group(
        _heading(view),
        _realms(view.progress.realms),
        Panel(notes, title="faults", border_style="dim"),
    )


def _heading(view: DemoView) -> RenderableType:
    progress = view.progress
    grid = Table.grid(padding=(0, 2))
    grid.add_row(
        Text(f"{view.seconds:.0f} s", style="bold"),
        ProgressBar(total=max(view.expected, 1), completed=progress.settled, width=40),
        f"settled {progress.settled} of {view.expected}",
    )
    counts = (
        f"business {view.done}/{view.actions}   outbox {progress.backlog}   "
        f"{view.per_second:.0f} events/s   events refused {progress.refused}"
    )
    return Panel(Group(grid, counts), title="Ledgerlane demo", border_style="cyan")


def _realms(realms: Iterable[RealmProgress]) -> Table:
    table = _table()
    table.add_column("company", no_wrap=True)
    for state, style in _STATES:
        table.add_column(state.value, justify="right", style=style)
    table.add_column("errors")
    table.add_column("calls/min", justify="right")
    for realm in realms:
        provider = PROVIDERS[realm.connection.provider]
        table.add_row(
            f"{realm.connection.company_name} [dim]{provider.name}[/dim]",
            *(str(realm.states.get(state, 0) or "·") for state, _ in _STATES),
            _errors(realm.errors),
            f"{realm.calls_lately}/{provider.quota.per_minute}",
        )
    return table


def _table(title: str | None = None) -> Table:
    return Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, expand=True, pad_edge=False
    )


def _errors(errors: Mapping[str, int]) -> str:
    return ", ".join(f"{status} ×{count}" for status, count in sorted(errors.items())) or "·"  # noqa: RUF001


def outcome(result: DemoResult, *, width: int) -> RenderableType:
    """Return the final screen: both books of every realm, the faults, and the result.

    Args:
        width: The number of columns. The books are side by side where every figure fits,
            and below each other where it does not.
    """
    draw = _books if width >= _SIDE_BY_SIDE else _books_below
    parts: list[RenderableType] = [draw(realm) for realm in result.realms]
    if result.recovery_report.recoveries:
        parts.append(_recovery(result.recovery_report))
    parts += [Text(line, style="red") for line in _problems(result)]
    return Group(*parts, _verdict(result))


def _title(realm: RealmResult) -> str:
    provider = PROVIDERS[ProviderName(realm.provider)]
    return f"{realm.company} — {provider.title} ({realm.currency})"


def _books_below(realm: RealmResult) -> Table:
    table = _table(_title(realm))
    for name in ("documents", "book"):
        table.add_column(name)
    for name in ("count", "total", "tax", "balance"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for row in realm.comparison.rows:
        table.add_row(_documents(row), "platform", *_figures(row, row.platform), "")
        table.add_row("", "ledger", *_figures(row, row.ledger), _mark(row))
    return table


def _books(realm: RealmResult) -> Table:
    table = _table(_title(realm))
    table.add_column("documents")
    for side in ("platform", "ledger"):
        for name in ("count", "total", "tax", "balance"):
            table.add_column(name if name != "count" else side, justify="right")
    table.add_column("")
    for row in realm.comparison.rows:
        table.add_row(*_cells(row))
    return table


def _mark(row: ComparisonRow) -> str:
    return "[green]✓[/green]" if row.agrees else "[red]✗[/red]"


def _cells(row: ComparisonRow) -> list[str]:
    return [
        _documents(row),
        *_figures(row, row.platform),
        *_figures(row, row.ledger),
        _mark(row),
    ]


def _documents(row: ComparisonRow) -> str:
    return f"{row.type.value} {row.currency}".rstrip()


def _figures(row: ComparisonRow, sums: DocumentSums) -> list[str]:
    units = minor_units(row.currency)
    return [
        str(sums.count),
        f"{sums.total:,.{units}f}" if row.type in _MONEY else "",
        f"{sums.tax:,.{units}f}" if row.type in _OWED else "",
        f"{sums.balance:,.{units}f}" if row.type in _OWED else "",
    ]


def _recovery(recovery_report: RecoveryReport) -> Table:
    table = _table("What went wrong")
    table.add_column("fault", style="yellow")
    table.add_column("times", justify="right")
    table.add_column("what the gateway did")
    for one in recovery_report.recoveries:
        table.add_row(one.fault, str(one.times), one.answer)
    return table


def _problems(result: DemoResult) -> Iterable[str]:
    for realm in result.realms:
        comparison, name = realm.comparison, f"{realm.company} ({realm.provider})"
        for one in comparison.differences[:_DIFFERENCES_SHOWN]:
            yield f"{name}: {one.type} {one.label} ({one.id}) {one.said}"
        more = len(comparison.differences) - _DIFFERENCES_SHOWN
        if more > 0:
            yield f"{name}: {more} more differ"
        for twice in (*comparison.duplicates, *realm.repeats):
            yield f"{name}: {twice} is there twice"
        for stranger in comparison.strangers:
            yield f"{name}: {stranger} is none of the tenant's"
        for state, count in realm.unsettled.items():
            yield f"{name}: {count} {state}"
    if result.refused:
        yield f"{result.refused} events were refused by intake"


def _verdict(result: DemoResult) -> Text:
    figures = (
        f"{result.documents} documents, {result.events} events, "
        f"{result.recovery_report.thrown} faults, {result.seconds:.0f} s"
    )
    if result.agrees:
        said = "The books agree to the cent; nothing lost, nothing twice"
        return Text(f"✓ {said} ({figures})", style="bold green")
    found = f"{result.differences} differences, {result.duplicates} duplicates"
    return Text(f"✗ The books do not agree: {found} ({figures})", style="bold red")
