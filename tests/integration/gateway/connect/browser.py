"""A browser of this machine, in which no script runs."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import BrowserContext, async_playwright


@asynccontextmanager
async def open_browser() -> AsyncIterator[BrowserContext]:
    """Yield a window of Chromium; it has no cookies yet, and takes none along."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_chromium(), args=["--no-sandbox"]
        )
        context = await browser.new_context(java_script_enabled=False)
        try:
            yield context
        finally:
            await context.close()
            await browser.close()


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.fail("there is no browser: apt-get install chromium")
    return found
