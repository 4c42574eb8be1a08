"""The simulator's HTML pages: for people who look, and for consent in a browser."""

from typing import Final

from providers.simulators.html import HtmlTemplates

PAGES: Final = HtmlTemplates("providers.simulators.xero")
