"""The API as it is served, asked by schemathesis whatever its own document allows, and more.

Nothing is answered with 500, and nothing otherwise than the document says. How many cases are
made of each operation is set by the profile of Hypothesis; `make fuzz` makes many.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.http.serving import serving
from gateway.wiring.api import open_api
from tests.integration.gateway.conftest import MakeSettings
from tests.integration.gateway.connecting import store_connection

KEY: Final = "k" * 32
# Cases of one operation; a tenth of what the laws draw, as each is a call of a server.
CASES: Final = settings().max_examples // 10
SEED: Final = 20261121


@pytest_asyncio.fixture
async def address(
    engine: AsyncEngine, make_settings: MakeSettings, kafka_bootstrap: str
) -> AsyncIterator[str]:
    """The API of one connected tenant, whose key may call as often as it likes."""
    await store_connection(engine, "t1", "9341")
    given = make_settings(
        KAFKA_BOOTSTRAP=kafka_bootstrap,
        API_KEYS=f"ops:{KEY}",
        API_CALLS_PER_MINUTE="1000000",
    )
    async with open_api(given) as app, serving(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


async def assert_nothing_found(address: str, into: Path, *options: str) -> None:
    """Have schemathesis call every operation; what it finds is shown."""
    # Its own console script stands beside the interpreter that runs this test.
    command = [str(Path(sys.executable).parent / "st"), "run", f"{address}/openapi.json"]
    process = await asyncio.create_subprocess_exec(
        *command,
        f"--max-examples={CASES}",
        f"--seed={SEED}",
        # That a cursor is one that a list gave is said in words: no schema could.
        "--exclude-checks=positive_data_acceptance",
        "--continue-on-failure",
        *options,
        cwd=into,  # where it finds no settings of its own, and leaves its files
        stdout=PIPE,
        stderr=STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()


@pytest.mark.accepts("API-32")
async def test_nothing_is_answered_otherwise_than_the_document_says(
    address: str, tmp_path: Path
) -> None:
    await assert_nothing_found(address, tmp_path, f"--header=Authorization:Bearer {KEY}")


async def test_for_a_tenant_that_has_a_company_it_is_so_as_well(
    address: str, tmp_path: Path
) -> None:
    there = '[parameters]\n"path.tenant" = "t1"\n"path.provider" = "qbo"\n'
    (tmp_path / "schemathesis.toml").write_text(there)
    await assert_nothing_found(address, tmp_path, f"--header=Authorization:Bearer {KEY}")


async def test_without_a_key_nothing_is_answered_otherwise_either(
    address: str, tmp_path: Path
) -> None:
    await assert_nothing_found(address, tmp_path)
    async with httpx.AsyncClient(base_url=address) as anyone:
        document = (await anyone.get("/openapi.json")).json()
        guarded = [path for path in document["paths"] if path.startswith("/v1")]
        assert guarded
        answers = [await anyone.get(path.replace("{", "").replace("}", "")) for path in guarded]
    assert {answer.status_code for answer in answers} <= {401, 405}
