"""The jars of Apache Kafka, resolved once by Maven into a cache of the checkout."""

import asyncio
import re
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from pathlib import Path
from typing import Final

from gateway.embedded.errors import NotInstalled, StartFailed

_ROOT: Final = Path(__file__).resolve().parents[2]
_POM: Final = _ROOT / "deploy" / "kafka" / "pom.xml"
_TIME_LIMIT_S: Final = 300


async def resolve_jars() -> Path:
    """Return the folder of the jars; the first time Maven fetches them, in some seconds.

    Safe to call from several processes at once.

    Raises:
        NotInstalled: Maven, or the checkout that has the list of jars, is missing.
        StartFailed: Maven failed.
    """
    if not _POM.is_file():
        raise NotInstalled("embedded Kafka runs from a checkout of Ledgerlane only")
    folder = _ROOT / ".cache" / f"kafka-{_version()}"
    if not folder.is_dir():
        await _fetch(folder)
    return folder


def find_java() -> str:
    """Return the path of `java`.

    Raises:
        NotInstalled: there is none.
    """
    return _find("java", "Java 17 or newer is missing: install openjdk-17-jre-headless")


def _version() -> str:
    match = re.search(r"<kafka\.version>(.+)</kafka\.version>", _POM.read_text())
    if match is None:
        raise NotInstalled(f"{_POM} names no kafka.version")
    return match[1]


async def _fetch(folder: Path) -> None:
    maven = _find("mvn", "Maven is missing: install the package maven")
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        jars = Path(scratch) / "jars"
        await _run_maven(maven, jars)
        _move(jars, folder)


def _move(jars: Path, folder: Path) -> None:
    try:
        jars.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster
            raise


async def _run_maven(maven: str, jars: Path) -> None:
    goal = (
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        f"-DoutputDirectory={jars}",
    )
    process = await asyncio.create_subprocess_exec(
        *(maven, "-B", "-q", "-f", _POM, *goal), stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    try:
        async with asyncio.timeout(_TIME_LIMIT_S):
            output, _ = await process.communicate()
    except TimeoutError as exc:
        raise StartFailed(f"Maven did not end within {_TIME_LIMIT_S} s") from exc
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise StartFailed(f"Maven could not fetch Kafka's jars:\n{output.decode()}")


def _find(program: str, missing: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise NotInstalled(missing)
    return path
