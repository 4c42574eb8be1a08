"""Registers a third provider in every Python that finds this file: one entry of the list.

It speaks as QuickBooks does, under a name of its own, so that a simulator can stand for it.
"""

from dataclasses import replace

from providers import registry
from providers.qbo.provider import QBO
from schemas.ids import ProviderName

NOTEBOOK = replace(QBO, name=ProviderName("notebook"), title="Notebook")
registry.PROVIDERS = {**registry.PROVIDERS, NOTEBOOK.name: NOTEBOOK}  # type: ignore[misc]
