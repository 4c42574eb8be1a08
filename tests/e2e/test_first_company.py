"""The README's "Connect your first company", command by command, in a real browser."""

import asyncio
import re
import shlex
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import expect

from gateway.config.settings import environment
from tests.e2e.test_up import ROLES_AT_MOST, free_ports_in_a_row, lines_until
from tests.integration.gateway.connect.browser import open_browser
from tests.unit.docs.pages import Page

SECTION = re.compile(r"^## Connect your first company\n(.*?)^## ", re.M | re.S)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)


def blocks(ports: Mapping[str, int]) -> list[list[str]]:
    """Return the commands of each block, on other ports than the page's."""
    found = SECTION.search(Page("README.md").text)
    assert found is not None
    text = found[1]
    for said, port in ports.items():
        assert said in text
        text = text.replace(said, str(port))
    return [block.splitlines() for block in BLOCK.findall(text)]


def exported(lines: list[str]) -> dict[str, str]:
    """Return the variables that lines of a shell export."""
    said = [line.removeprefix("export ") for line in lines if line.startswith("export ")]
    return dict(one.split("=", 1) for one in said)


@asynccontextmanager
async def running(
    line: str, folder: Path, variables: Mapping[str, str]
) -> AsyncIterator[Process]:
    """Run a command of ours until the body ends."""
    name, *words = shlex.split(line)
    assert name == "ledgerlane"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *words),
        cwd=folder,
        env=environment() | dict(variables),
        stdout=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def test_the_readme_leads_to_a_company_that_is_connected(tmp_path: Path) -> None:
    first = free_ports_in_a_row(2 + ROLES_AT_MOST)
    (simulate,), gateway, (connect_page,) = blocks({"8000": first, "8182": first + 1})
    variables = {
        **exported(gateway),
        "LEDGERLANE_API_PORT": str(first),
        "LEDGERLANE_PUBLIC_URL": f"http://127.0.0.1:{first}",
        "LEDGERLANE_METRICS_PORT": str(first + 2),
    }
    async with (
        running(simulate, tmp_path, {}) as simulator,
        running(gateway[-1], tmp_path, variables) as up,
    ):
        await lines_until(simulator, "simulator at")
        said = await lines_until(up, "Ctrl-C")
        (settings,) = [line for line in said if line.startswith("For other commands")]
        address = await _in_another_shell(settings.split(": ")[1], connect_page, tmp_path)
        await _connect(address)


async def _in_another_shell(read_settings: str, line: str, folder: Path) -> str:
    name, *words = shlex.split(line)
    assert name == "ledgerlane"
    command = shlex.join([sys.executable, "-m", "gateway", *words])
    shell = await asyncio.create_subprocess_shell(
        f"{read_settings} && {command}", cwd=folder, env=environment(), stdout=PIPE
    )
    output, _ = await shell.communicate()
    assert shell.returncode == 0
    return output.decode().strip()


async def _connect(address: str) -> None:
    async with open_browser() as context:
        page = await context.new_page()
        await page.goto(address)
        await page.get_by_label("Xero").check()
        await page.get_by_role("button", name="Continue to the consent").click()
        for one in await page.get_by_label("Maple Florist").all():
            await one.check()
        await page.get_by_role("button", name="Allow access").click()
        await page.get_by_label("Maple Florist 1").check()
        await page.get_by_label("Maple Florist 3").check()
        await page.get_by_role("button", name="Connect", exact=True).click()
        await expect(page.get_by_role("heading", name="Connected")).to_be_visible()
