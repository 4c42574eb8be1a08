"""Compares the version of an outbox with that of this program: no other is relayed."""

from dataclasses import dataclass

from ledgerlane_outbox.schema import SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class VersionMismatch:
    """The reason why an outbox can't be relayed.

    Attributes:
        what: The versions of the outbox and of the program, for operators.
        remedy: What to do about it.
    """

    what: str
    remedy: str


def find_mismatch(version: int | None) -> VersionMismatch | None:
    """Return why an outbox of a version can't be relayed; None if it can.

    Args:
        version: The version that the database has; None if it has no outbox.
    """
    if version == SCHEMA_VERSION:
        return None
    if version is None:
        return VersionMismatch(
            "has no outbox on the search path of this role",
            "install it in a migration, by ledgerlane_outbox.install, or set search_path",
        )
    what = f"its outbox has version {version}, this program knows {SCHEMA_VERSION}"
    if version > SCHEMA_VERSION:
        return VersionMismatch(what, "install the release of Ledgerlane that knows it")
    return VersionMismatch(
        what,
        "upgrade it in a migration, by ledgerlane_outbox.install of this release, which keeps "
        "all rows; `ledgerlane migrate` upgrades the gateway's own",
    )
