"""Where competitors live: environments of their own, made on first use, apart from the product.

Each is in a folder of the checkout's cache that is named after what it is made from, so a new
pin makes a new environment.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.embedded.errors import NotInstalled

HERE: Final = Path(__file__).parent
_CACHE: Final = HERE.parents[2] / ".cache" / "bench-relay"
_MAVEN: Final = HERE / "debezium"
_JAVA_SOURCES: Final = _MAVEN / "src" / "main" / "java"
_REQUIREMENTS: Final = HERE / "python" / "requirements.txt"


def python() -> Path:
    """Return the interpreter that has the Python competitors."""
    folder = _folder("python", [_REQUIREMENTS])
    interpreter = folder / "bin" / "python"
    if not _is_complete(folder):
        _run(sys.executable, "-m", "venv", "--clear", folder)
        pip = (interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(*pip, "-r", _REQUIREMENTS)
        _complete(folder)
    return interpreter


def debezium_class_path() -> str:
    """Return the class path of the process that runs Debezium.

    Raises:
        NotInstalled: there is no Java compiler or no Maven.
    """
    folder = _folder("debezium", [_MAVEN / "pom.xml", *sorted(_JAVA_SOURCES.glob("*.java"))])
    if not _is_complete(folder):
        for program in ("javac", "mvn"):
            if shutil.which(program) is None:
                raise NotInstalled(f"{program} is missing: install openjdk-17-jdk and maven")
        pom = _MAVEN / "pom.xml"
        _run("mvn", "--batch-mode", "--quiet", "-f", pom, f"-Doutput={folder}", "package")
        _complete(folder)
    return f"{folder / 'classes'}:{folder / 'jars'}/*"


def _folder(name: str, made_from: Sequence[Path]) -> Path:
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in made_from))
    return _CACHE / f"{name}-{digest.hexdigest()[:12]}"


def _is_complete(folder: Path) -> bool:
    return (folder / "complete").exists()


def _complete(folder: Path) -> None:
    (folder / "complete").touch()


def _run(*command: str | Path) -> None:
    """Run a command; what it says of its trouble is let through."""
    subprocess.run(command, check=True, stdout=sys.stderr)  # noqa: S603 - ours
