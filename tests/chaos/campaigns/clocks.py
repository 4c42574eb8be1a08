"""A wall clock that steps, for processes that were started with it.

Source: libfaketime's README: the offset is read again from a file; monotonic clocks stay.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_LIBRARIES: Final = Path("/usr/lib")
_NAME: Final = "faketime/libfaketimeMT.so.1"


class NoFakeClock(Exception):
    """libfaketime is not there."""


class Clock:
    """The offset of some processes' wall clock from the true one."""

    def __init__(self, file: Path) -> None:
        found = next(_LIBRARIES.glob(f"**/{_NAME}"), None)
        if found is None:
            raise NoFakeClock("libfaketime is missing (Debian: apt-get install faketime)")
        self._library = found
        self._file = file
        self.step(0)

    def environ(self) -> Mapping[str, str]:
        """Return what a process is to be started with."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def step(self, seconds: int) -> None:
        """Let the clock be so far ahead of the true one, from now on."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self._file)
