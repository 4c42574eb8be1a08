"""A network that can be cut: of this process's own namespace, port by port.

Source: ip-rule(8), of iproute2: a rule that is a black hole for a destination port.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NoReturn

_SETUP: Final = (
    ("link", "set", "lo", "up"),
    # The table of local addresses is asked first otherwise, and no rule could come before it.
    ("rule", "add", "pref", "100", "lookup", "local"),
    ("rule", "del", "pref", "0"),
)


class NoNamespace(Exception):
    """This machine or this user can't have a network namespace."""


def enter_namespace(module: str, arguments: Sequence[str]) -> NoReturn:
    """Run a module instead of this program, in a new network namespace. Never returns.

    Raises:
        NoNamespace: not root, or a program is missing.
    """
    unshare = shutil.which("unshare")
    if unshare is None or shutil.which("ip") is None or os.geteuid() != 0:
        raise NoNamespace(
            "campaigns cut the network in a namespace of their own: run them as root, with "
            "unshare (util-linux) and ip (iproute2)"
        )
    command = (unshare, "--net", sys.executable, "-m", module, *arguments)
    os.execv(unshare, command)  # noqa: S606 no shell is wanted


async def prepare() -> None:
    """Make the new namespace's loopback usable, and cuttable."""
    for arguments in _SETUP:
        await _ip(*arguments)


@asynccontextmanager
async def cut_off(port: int) -> AsyncIterator[None]:
    """Let nothing get to a port: neither new connections nor what is sent on open ones."""
    rule = ("pref", "50", "ipproto", "tcp", "dport", str(port), "blackhole")
    await _ip("rule", "add", *rule)
    try:
        yield
    finally:
        await _ip("rule", "del", *rule)


async def _ip(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec("ip", *arguments)
    if await process.wait() != 0:
        raise NoNamespace(f"ip {' '.join(arguments)} failed: is this the namespace?")
