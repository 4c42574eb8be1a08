"""The published package alone: built, and installed into an empty environment."""

import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
import sqlalchemy
import typing_extensions

OUTBOX = Path(__file__).parents[3] / "outbox"

USE_IT = """
import sys
from importlib.metadata import distributions
import ledgerlane_outbox
from ledgerlane_outbox.schema import _statements
message = ledgerlane_outbox.OutboxMessage(type="a", source="/s", tenant_id="t", payload={})
assert message.headers()["ce_id"] == str(message.event_id)
assert any("CREATE TABLE ledgerlane_outbox " in one for one in _statements("ddl.sql"))
assert _statements("upgrade_2.sql") and _statements("upgrade_3.sql")
assert not {"asyncpg", "aiokafka", "confluent_kafka", "pydantic"} & set(sys.modules)
print(*sorted(d.name.lower() for d in distributions()))
"""


def run(*command: str | Path) -> str:
    done = subprocess.run(  # noqa: S603 - our own interpreters
        command, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--wheel-dir",
        target,
        OUTBOX,
    )
    (wheel,) = target.glob("*.whl")
    return wheel


@pytest.mark.accepts("GWY-03")
def test_the_wheel_brings_one_import_name_and_asks_for_sqlalchemy_only(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        headers = message_from_bytes(archive.read(metadata))
    assert {name.split("/")[0].split("-")[0] for name in names} == {"ledgerlane_outbox"}
    assert headers["Name"] == "ledgerlane-outbox"
    assert [asked.split(">")[0] for asked in headers.get_all("Requires-Dist", [])] == [
        "sqlalchemy"
    ]


@pytest.mark.accepts("CFG-06")
def test_the_wheel_is_typed_and_has_its_sql(wheel: Path) -> None:
    files = ("py.typed", "ddl.sql", "upgrade_2.sql", "upgrade_3.sql")
    with zipfile.ZipFile(wheel) as archive:
        assert {f"ledgerlane_outbox/{name}" for name in files} <= set(archive.namelist())


@pytest.mark.accepts("GWY-03")
def test_it_works_where_only_sqlalchemy_is_installed(wheel: Path, tmp_path: Path) -> None:
    """SQLAlchemy is copied from here instead of downloaded."""
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty")
    python = tmp_path / "empty" / "bin" / "python"
    site_packages = Path(
        run(python, "-c", "import site; print(site.getsitepackages()[0])").strip()
    )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site_packages)
    for installed in (Path(sqlalchemy.__file__).parent, Path(typing_extensions.__file__)):
        (site_packages / installed.name).symlink_to(installed)
    assert run(python, "-c", USE_IT).split() == ["ledgerlane-outbox"]


@pytest.mark.accepts("CFG-06")
def test_mypy_knows_the_types_of_the_installed_package(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    user = tmp_path / "service.py"
    user.write_text(
        "from ledgerlane_outbox import OutboxMessage\n"
        "reveal_type(OutboxMessage)\n"
        "OutboxMessage(type=1, source='/s', tenant_id='t', payload={})\n"
    )
    checked = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", user],
        capture_output=True,
        text=True,
        check=False,
        env={"MYPYPATH": str(tmp_path / "site")},
    )
    assert '"type" to "OutboxMessage" has incompatible type "int"' in checked.stdout
    assert "Found 1 error" in checked.stdout
