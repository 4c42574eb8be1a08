"""Characters that no ledger keeps in a text: neither reports agree on what becomes of them.

Tabs and line ends are no such characters; where one of those is refused is the entity's rule.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
ControlCharacters: TypeAlias = Literal["refuse", "strip"]


def has_control_characters(text: str) -> bool:
    """Return whether a text holds a control character."""
    return _CONTROL.search(text) is not None


def checked(body: Any, position: ControlCharacters, refusal: Callable[[str], Exception]) -> Any:
    """Return a request's body as the ledger reads its texts.

    Args:
        position: Whether a text with control characters is refused or loses them.
        refusal: Makes the refusal from the name of the property at fault.
    """
    return _checked(body, "", position, refusal)


def _checked(
    value: Any,
    name: str,
    position: ControlCharacters,
    refusal: Callable[[str], Exception],
) -> Any:
    if isinstance(value, Mapping):
        return {key: _checked(one, key, position, refusal) for key, one in value.items()}
    if isinstance(value, list):
        return [_checked(one, name, position, refusal) for one in value]
    if not isinstance(value, str) or not has_control_characters(value):
        return value
    if position == "refuse":
        raise refusal(name)
    return _CONTROL.sub("", value)
