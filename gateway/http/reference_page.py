"""The documentation page: the OpenAPI document as plain HTML, all of it from this server."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.http.problem_codes import problem_codes
from gateway.http.problems import PAGE

_TEMPLATES: Final = Path(__file__).parent / "templates"
_STYLE: Final = (_TEMPLATES / "reference.css").read_text("utf-8")
_PAGES: Final = Environment(
    loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

Schema = Mapping[str, Any]


def documentation_routes(app: FastAPI) -> APIRouter:
    """Return the route of the documentation page, which needs no key."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(PAGE)
    async def reference() -> HTMLResponse:
        return HTMLResponse(reference_page(app.openapi()), headers=_HEADERS)

    return routes


def reference_page(document: Schema) -> str:
    """Return the page of an OpenAPI document."""
    info = document["info"]
    return _PAGES.get_template("reference.html").render(
        title=info["title"],
        about=info["description"].strip().split("\n\n"),
        openapi=document["openapi"],
        style=_STYLE,
        operations=list(_operations(document)),
        shapes=list(_shapes(document)),
        problems=problem_codes(),
    )


def _operations(document: Schema) -> Iterator[Schema]:
    for path, operations in document["paths"].items():
        for method, said in operations.items():
            body = said.get("requestBody", {}).get("content", {})
            yield {
                "id": said["operationId"],
                "method": method.upper(),
                "path": path,
                "summary": said["summary"],
                "parameters": [_parameter(one) for one in said.get("parameters", ())],
                "body": _shape_in(body),
                "answers": [
                    {
                        "status": status,
                        "shape": _shape_in(answer.get("content", {})),
                        "meaning": answer["description"],
                    }
                    for status, answer in said["responses"].items()
                ],
            }


def _parameter(said: Schema) -> Schema:
    return {
        "name": said["name"],
        "location": said["in"],
        "required": said["required"],
        "type": type_of(said["schema"]),
        "meaning": said.get("description", ""),
    }


def _shape_in(content: Schema) -> str:
    """Return the name of the shape that a body has; empty where it has none."""
    for said in content.values():
        return _name(said["schema"].get("$ref", "")) if "schema" in said else ""
    return ""


def _shapes(document: Schema) -> Iterator[Schema]:
    for name, schema in sorted(document["components"]["schemas"].items()):
        required = schema.get("required", ())
        fields = [
            {
                "name": field,
                "required": field in required,
                "type": type_of(said),
                "meaning": said.get("description", ""),
            }
            for field, said in schema.get("properties", {}).items()
        ]
        values = type_of(schema) if "enum" in schema else ""
        meaning = f"{schema.get('description', '')} {values}".strip()
        yield {"name": name, "meaning": meaning, "fields": fields}


def type_of(schema: Schema) -> str:
    """Return a schema's type for people: `text`, `list of RecordStatus`, `one of: a, b`."""
    if "$ref" in schema:
        return _name(schema["$ref"])
    if "anyOf" in schema:
        return _either(schema["anyOf"])
    if "enum" in schema:
        return f"one of: {', '.join(map(str, schema['enum']))}"
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "any"))


def _either(schemas: Sequence[Schema]) -> str:
    return " or ".join(type_of(one) for one in schemas)


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]
