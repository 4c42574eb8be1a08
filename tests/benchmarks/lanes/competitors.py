"""The programs that are measured, and the environments of those of others, made on first use.

Neither environment enters the project's own: both are under `.cache/`.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.embedded.jars import find_java

ROOT: Final = Path(__file__).parents[3]
CACHE: Final = ROOT / ".cache" / "bench-lanes"
UV: Final = Path(sys.executable).with_name("uv")
PYRALLEL: Final = "pyrallel-consumer==1.0.0"
NEWEST_FIRST: Final = ("3.13", "3.12")
MAVEN_PROJECT: Final = Path(__file__).parent / "parallel_consumer"


class Unavailable(Exception):
    """A competitor can't be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """A consumer as a command, without its arguments.

    Attributes:
        supersedes: Whether records of a key are versions of one document to it, so that one
            call does for all that came before it.
    """

    name: str
    command: Sequence[str]
    supersedes: bool = False


def ours(*, supersedes: bool = False) -> Program:
    """Return our own, which needs no environment."""
    name = "lanes, superseding" if supersedes else "lanes"
    module = "tests.benchmarks.lanes.our_consumer"
    return Program(name, (sys.executable, "-m", module), supersedes)


def pyrallel() -> Program:
    """Return `pyrallel-consumer`, which needs Python 3.12 or newer.

    Raises:
        Unavailable: no such Python is here, nor can one be fetched.
    """
    environment = CACHE / PYRALLEL
    python = environment / "bin" / "python"
    if not python.exists():
        _run(UV, "venv", "--quiet", "--python", _python(), str(environment))
        _run(UV, "pip", "install", "--quiet", "--python", str(python), PYRALLEL)
    module = "tests.benchmarks.lanes.pyrallel_program"
    return Program("pyrallel-consumer", (str(python), "-m", module))


def parallel_consumer() -> Program:
    """Return Confluent's `parallel-consumer-core`, built by Maven.

    Raises:
        Unavailable: Maven is missing, or failed.
    """
    built = CACHE / "parallel-consumer"
    if not (built / "classes").is_dir():
        maven = shutil.which("mvn") or _missing("Maven")
        jars = f"-DoutputDirectory={built / 'jars'}"
        goals = ("dependency:copy-dependencies", "compile", "-DincludeScope=runtime", jars)
        pom = str(MAVEN_PROJECT / "pom.xml")
        _run(maven, "-B", "-q", "-f", pom, f"-Dtarget={built}", *goals)
    path = f"{built / 'classes'}:{built / 'jars'}/*"
    log = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    return Program("parallel-consumer-core", (find_java(), "-Xmx1g", log, "-cp", path, "Main"))


def _python() -> str:
    """Find a Python that is new enough, or else let uv fetch one."""
    found = next(_installed(), None)
    return found or NEWEST_FIRST[0]


def _installed() -> Iterator[str]:
    for version in NEWEST_FIRST:
        name = f"python{version}"
        places = [Path(shutil.which(name) or name)]
        places += sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/{name}"))
        yield from (str(place) for place in places if _runs(place))


def _runs(python: Path) -> bool:
    """Whether it is there, and more than a stand-in for one that is not."""
    if not python.exists():
        return False
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0  # noqa: S603


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603
    if done.returncode:
        raise Unavailable(f"{command[0]} {command[1]}: {done.stderr or done.stdout}")


def _missing(what: str) -> str:
    raise Unavailable(f"{what} is missing")
