"""The reaper: a process that outlives its parent just long enough to clean up after it.

It makes a process group, and a folder in each of the folders that are its arguments, prints
them as one line of JSON, and waits for the end of its standard input, which comes when the
parent closes it or dies, by SIGKILL too. Then it ends every process of the group and removes
its folders. Run as a script, standard library only.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

_PAUSE_S: Final = 0.05
_GRACE_S: Final = 1.5
_REMOVAL_S: Final = 10.0


def main() -> None:
    """Hold folders and a process group until standard input ends."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)
    folders = [_make_folder(parent) for parent in sys.argv[1:]]
    group = _open_group()
    json.dump({"process_group": group, "folders": folders}, sys.stdout)
    sys.stdout.write("\n")
    sys.stdout.flush()
    sys.stdin.read()
    _end(group)
    for folder in folders:
        _remove(Path(folder), group)


def _make_folder(parent: str) -> str:
    folder = tempfile.mkdtemp(prefix="ledgerlane-", dir=parent)
    Path(folder).chmod(0o711)  # PostgreSQL, which refuses to be root, must get through
    return folder


def _open_group() -> int:
    """Start a process that keeps a process group alive, and return its id."""
    leader = os.fork()
    if leader == 0:
        os.setpgid(0, 0)
        while True:
            signal.pause()
    os.setpgid(leader, leader)
    return leader


def _end(group: int) -> None:
    """Ask the group to end, and make it end after a while.

    SIGINT means a fast shutdown to PostgreSQL, and an ordinary one to Java and Python. The
    leader, which ignores it as this process does, is killed: it has nothing to lose.
    """
    _signal(group, signal.SIGINT)
    os.kill(group, signal.SIGKILL)
    os.waitpid(group, 0)
    until = time.monotonic() + _GRACE_S
    while time.monotonic() < until and _signal(group, 0):
        _pause()
    _signal(group, signal.SIGKILL)


def _remove(folder: Path, group: int) -> None:
    """Remove the folder, again while a dying process still writes into it."""
    until = time.monotonic() + _REMOVAL_S
    while folder.exists() and time.monotonic() < until:
        shutil.rmtree(folder, ignore_errors=True)
        _signal(group, signal.SIGKILL)  # one that its parent was just starting when it died
        _pause()


def _signal(group: int, sign: int) -> bool:
    try:
        os.killpg(group, sign)
    except ProcessLookupError:
        return False
    return True


def _pause() -> None:
    time.sleep(_PAUSE_S)  # noqa: TID251  a script without an event loop


if __name__ == "__main__":
    main()
