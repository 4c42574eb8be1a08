"""The catalogue of actions: what can be done to which document at which provider.

No action is called directly: announcing a document makes the gateway choose it. The
catalogue says what goes in, and what comes out on `sync.results`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from providers.base import Operation, Provider
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import DocumentType
from schemas.ids import ProviderName
from schemas.result import SyncResult


@dataclass(frozen=True, slots=True)
class Action:
    """One action, named like ``qbo.invoice.create``.

    Attributes:
        provider: Whose ledger is written to.
        document_type: The kind of document that is announced.
        operation: What is done to the ledger's record.
        input: The JSON Schema of the event's payload.
        output: The JSON Schema of the result on `sync.results`.
    """

    provider: ProviderName
    document_type: DocumentType
    operation: Operation
    input: dict[str, Any]
    output: dict[str, Any]

    @property
    def name(self) -> str:
        """The action's name, unique in the catalogue."""
        return f"{self.provider}.{self.document_type}.{self.operation}"


def actions(providers: Iterable[Provider]) -> list[Action]:
    """Return every action of these providers, by name; names are updated, never voided."""
    result = TypeAdapter(SyncResult).json_schema()
    found = [
        Action(provider.name, kind, operation, DOCUMENTS[kind].model_json_schema(), result)
        for provider in providers
        for kind in provider.documents
        for operation in _operations(kind)
    ]
    return sorted(found, key=lambda action: action.name)


def _operations(kind: DocumentType) -> tuple[Operation, ...]:
    if "status" in DOCUMENTS[kind].model_fields:
        return tuple(Operation)
    return (Operation.CREATE, Operation.UPDATE)
