import logging

import pytest

from gateway.runtime.repeated_lines import SHOWN_EVERY_S, RepeatedLines


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shown(clock: Clock) -> list[str]:
    """What a handler with the filter shows of the two loggers below."""
    lines: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler = Collector()
    handler.addFilter(RepeatedLines("library", clock=clock))
    for name in ("library.client", "ours"):
        logging.getLogger(name).handlers = [handler]
    return lines


def say_away(node: int) -> None:
    logging.getLogger("library.client").error("no connection to node %s at 100%%", node)


def test_a_line_is_shown_once_in_ten_seconds_whatever_it_names(
    shown: list[str], clock: Clock
) -> None:
    for node in range(50):
        say_away(node)
    assert shown == ["no connection to node 0 at 100%"]
    clock.now += SHOWN_EVERY_S
    say_away(7)
    say_away(8)
    assert shown[1:] == ["no connection to node 7 at 100% (and 49 more like it before)"]


def test_another_line_of_the_library_is_shown_at_once(shown: list[str]) -> None:
    say_away(1)
    logging.getLogger("library.client").error("a request timed out")
    assert shown[1:] == ["a request timed out"]


def test_lines_of_others_are_all_shown(shown: list[str]) -> None:
    for _ in range(3):
        logging.getLogger("ours").error("relay interrupted")
    assert len(shown) == 3
