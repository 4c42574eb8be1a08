"""What the path of a request says."""

from typing import Final

API_PREFIX: Final = "/v3/company/"


def realm_of(path: str) -> str | None:
    """Return the realm id in a path of the accounting API; None for other paths."""
    if not path.startswith(API_PREFIX):
        return None
    return path.removeprefix(API_PREFIX).partition("/")[0] or None
