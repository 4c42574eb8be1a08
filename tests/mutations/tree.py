"""A copy of the repository with an interpreter of its own, in which changes are made."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from tests.mutations.mutation import Change

_LONGEST_S: Final = 900.0
_PYTEST: Final = (
    "-m",
    "pytest",
    "-q",
    "--no-header",
    "-p",
    "no:cacheprovider",
    "-p",
    "unshrunk",
)
# What a broken guard may make hang is ended sooner than a test of the whole tree.
_HANGS: Final = "--timeout=300"
# Or else pytest cuts the reasons of its summary.
_WIDE: Final = ("env", "COLUMNS=300")
# Later than any file's own, and never the same twice: compiled code is told to be stale by the
# time of its source in whole seconds, and by its size.
_TIMES: Final = count(2_000_000_000)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run of tests ended; ``timed_out`` where it was stopped.

    Attributes:
        code: What pytest said: 0 is all passed, 1 is that a test failed.
        output: All that it printed.
    """

    code: int
    output: str
    timed_out: bool = False

    @property
    def failed(self) -> dict[str, str]:
        """The node ids of the tests that failed, each with what pytest says of it in a line."""
        lines = [line.split(maxsplit=2) for line in self.output.splitlines()]
        words = [line for line in lines if len(line) > 1 and line[0] in {"FAILED", "ERROR"}]
        return {id_: " ".join([id_, *rest]) for _, id_, *rest in words}


class Tree:
    """A copy of the repository. Processes that its tests start run its code as well."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        for name in _files(root):
            if (root / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, folder / name)
        if (root / ".cache").is_dir():
            (folder / ".cache").symlink_to(root / ".cache")
        self._python = _make_interpreter(folder)

    @contextmanager
    def changed(self, change: Change) -> Iterator[None]:
        """Make a change; it is undone at the end."""
        self._write(change.path, change.after)
        try:
            yield
        finally:
            self._write(change.path, change.before)

    def run(self, ids: Sequence[str], *, to_the_end: bool = False) -> Ended:
        """Run tests, until the first fails or to the end."""
        options = [*_PYTEST, *(() if to_the_end else ("-x", _HANGS)), *ids]
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter
                [*_WIDE, self._python, *options],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=_LONGEST_S * (10 if to_the_end else 1),
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            return Ended(-1, str(exc.stdout or ""), timed_out=True)
        return Ended(done.returncode, done.stdout + done.stderr)

    def _write(self, path: Path, text: str) -> None:
        (self.folder / path).write_text(text, "utf-8")
        moment = next(_TIMES)
        os.utime(self.folder / path, (moment, moment))


def _files(root: Path) -> list[str]:
    """Return what git knows of, or would if it were added."""
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=root,
        text=True,
    )
    return sorted({name for name in listed.split("\0") if name})


def _make_interpreter(folder: Path) -> Path:
    """Make an environment that has this one's packages, and the code of ``folder`` for ours."""
    environment = folder / ".venv"
    venv.create(environment, symlinks=True)
    [packages] = environment.glob("lib/python*/site-packages")
    # The packages' own .pth files are not read there, so that our editable install is not.
    paths = [folder, folder / "outbox", sysconfig.get_path("purelib")]
    (packages / "tree.pth").write_text("".join(f"{path}\n" for path in paths))
    shutil.copy2(Path(__file__).with_name("unshrunk.py"), packages)
    return environment / "bin" / Path(sys.executable).name
