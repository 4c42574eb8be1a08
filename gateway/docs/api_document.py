"""The OpenAPI document of the API as a file, from which the clients are generated."""

import json
from pathlib import Path
from typing import Final

from gateway.http.described_app import described_app

PAGE: Final = Path("docs/openapi.json")


def api_document() -> str:
    """Return the document that the API serves, as text of JSON."""
    return json.dumps(described_app().openapi(), indent=2, ensure_ascii=False) + "\n"
