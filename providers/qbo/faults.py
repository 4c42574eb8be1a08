"""Reading what QuickBooks says went wrong, in any of the shapes that it says it in.

Source: Intuit "Handle errors" and XSD IntuitRestServiceDef, and recorded answers of the
gateway, read 2026-11.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from providers.http import Reply

_XML_ERROR: Final = re.compile(r"<Error\b([^>]*)>(.*?)</Error>", re.DOTALL)
_XML_CODE: Final = re.compile(r'code="([^"]*)"')
_XML_FIELD: Final = r"<{0}[^>]*>(.*?)</{0}>"
_CODE_IN_TEXT: Final = re.compile(r"errorCode=(\d+)")


@dataclass(frozen=True, slots=True)
class Fault:
    """One complaint. Any field may be empty.

    Attributes:
        code: Intuit's error code, without leading zeros.
        message: What it means in general.
        detail: What it means here.
        element: The field that it is about.
    """

    code: str
    message: str
    detail: str = ""
    element: str = ""


def faults(reply: Reply) -> list[Fault]:
    """Read the complaints of an answer: service fault, gateway fault or XML; none is success.

    An answer of another kind (HTML of a load balancer, or nothing) has none either.
    """
    text = reply.content.decode("utf-8", errors="replace").strip()
    if text.startswith("<"):
        return [_from_xml(*match.groups()) for match in _XML_ERROR.finditer(text)]
    try:
        body = json.loads(text or "{}")
    except ValueError:
        return []
    return _from_json(body) if isinstance(body, Mapping) else []


def _from_json(body: Mapping[str, Any]) -> list[Fault]:
    found = body.get("Fault") or body.get("fault")
    if not found:
        return []
    entries = found.get("Error") or found.get("error") or [{}]
    return [
        _fault(
            _either(entry, "code"),
            _either(entry, "message"),
            _either(entry, "detail"),
            _either(entry, "element"),
        )
        for entry in entries
    ]


def _either(entry: Mapping[str, Any], name: str) -> str:
    """Read a field that is spelled with or without a capital."""
    return str(entry.get(name) or entry.get(name.capitalize()) or "")


def _from_xml(attributes: str, inner: str) -> Fault:
    code = _XML_CODE.search(attributes)
    return _fault(code[1] if code else "", _tag(inner, "Message"), _tag(inner, "Detail"), "")


def _tag(inner: str, name: str) -> str:
    found = re.search(_XML_FIELD.format(name), inner, re.DOTALL)
    return found[1].strip() if found else ""


def _fault(code: str, message: str, detail: str, element: str) -> Fault:
    if not code and (told := _CODE_IN_TEXT.search(message)):
        code = told[1]
    return Fault(code.lstrip("0"), message, detail, element)
