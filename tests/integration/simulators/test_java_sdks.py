"""The official Java clients of both ledgers, unchanged, against the simulators.

Connecting, refreshing, revoking, and each operation that is offered.
"""

import asyncio
import shutil
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Final

import pytest

from providers.simulators.qbo.app import create_app as create_qbo
from providers.simulators.xero.app import create_app as create_xero
from providers.simulators.xero.config import DEMO_APP, XeroQuotas, XeroSimulatorConfig
from tests.fakes.listening import listening
from tests.integration.simulators.offered import (
    Driven,
    offered_by_qbo,
    offered_by_xero,
    qbo_operations,
    xero_operations,
)
from tests.integration.simulators.qbo_server import APP, CONFIG, US

pytestmark = pytest.mark.accepts("GWY-37")

_SOURCES: Final = Path(__file__).parent / "java"
_JARS: Final = Path(__file__).parents[3] / ".cache" / "java-sdks"
# Its version of Xero's OpenAPI file has no path for one rate alone.
NO_METHOD: Final = {"GET TaxRates/id"}
_COMPILER: Final = "org.eclipse.jdt.internal.compiler.batch.Main"


async def _java(*arguments: str | Path, **settings: str) -> str:
    """Run a Java program to its end and return what it printed; fail with its complaint."""
    java = shutil.which("java")
    assert java is not None
    process = await asyncio.create_subprocess_exec(
        java, *arguments, env=settings, stdout=PIPE, stderr=PIPE
    )
    said, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return said.decode()


async def _run(program: str, classes: Path, **settings: str) -> str:
    """Compile the programs and run one, by the jars that `make` fetched."""
    if not _JARS.is_dir():
        pytest.fail("the Java clients are not installed: run `make .cache/java-sdks/fetched`")
    jars = ":".join(str(jar) for jar in sorted(_JARS.glob("*.jar")))
    sources = sorted(_SOURCES.glob("*.java"))
    options = ("-17", "-nowarn", "-d", classes, "-classpath", jars)
    await _java("-classpath", jars, _COMPILER, *options, *sources)
    # Java 17 takes its character set from the machine, and the clients encode texts by it.
    run = ("-Dfile.encoding=UTF-8", "-classpath", f"{jars}:{classes}", program)
    return await _java(*run, **settings)


async def test_intuits_clients_do_everything_that_is_offered(tmp_path: Path) -> None:
    driven = Driven(create_qbo(CONFIG), qbo_operations)
    with listening(driven, lifespan="on") as base:
        said = await _run(
            "Qbo",
            tmp_path,
            SIMULATOR=base,
            REALM=US,
            CLIENT_ID=APP.client_id,
            CLIENT_SECRET=APP.client_secret,
        )
    assert said.endswith("done\n")
    assert offered_by_qbo() - driven.done == set()


async def test_xeros_client_does_everything_that_is_offered(tmp_path: Path) -> None:
    config = XeroSimulatorConfig(quotas=XeroQuotas(calls_per_minute=10_000))
    driven = Driven(create_xero(config), xero_operations)
    with listening(driven, lifespan="on") as base:
        said = await _run(
            "Xero",
            tmp_path,
            SIMULATOR=base,
            CLIENT_ID=DEMO_APP.client_id,
            CLIENT_SECRET=DEMO_APP.client_secret or "",
        )
    assert said.endswith("done\n")
    assert offered_by_xero() - driven.done == NO_METHOD
