"""Rooms of a folder, the arrows between them, and the floors on which they stand."""

from collections.abc import Mapping, Sequence

from tests.house.source import SourceFile, imports_of

Arrows = Mapping[str, frozenset[str]]


def room_of(module: str, folder: str) -> str:
    """Return the room of a module: the subfolder or module right below the folder."""
    return module.removeprefix(folder).lstrip(".").split(".")[0]


def arrows_between_rooms(files: Sequence[SourceFile], folder: str) -> Arrows:
    """Return which rooms each room imports from; the folder's own `__init__` is no room."""
    rooms = {room_of(file.module, folder) for file in files} - {""}
    found: dict[str, set[str]] = {room: set() for room in rooms}
    for file in files:
        here = room_of(file.module, folder)
        for name in imports_of(file):
            there = room_of(name, folder) if name.startswith(f"{folder}.") else ""
            if here and there in rooms and there != here:
                found[here].add(there)
    return {room: frozenset(others) for room, others in found.items()}


def arrows_between_files(files: Sequence[SourceFile]) -> Arrows:
    """Return which of the files each file imports."""
    modules = {file.module for file in files}
    return {
        file.module: frozenset(
            name for name in imports_of(file) if name in modules and name != file.module
        )
        for file in files
    }


def floors(arrows: Arrows) -> list[frozenset[str]]:
    """Return the floors, lowest first: each room stands right above the highest it imports.

    Raises:
        ValueError: rooms import each other in a circle; the message names them.
    """
    placed: list[frozenset[str]] = []
    below: frozenset[str] = frozenset()
    while below != arrows.keys():
        floor = frozenset(r for r in arrows if r not in below and arrows[r] <= below)
        if not floor:
            raise ValueError(f"imports in a circle among {sorted(arrows.keys() - below)}")
        placed.append(floor)
        below |= floor
    return placed


def circles(arrows: Arrows) -> list[frozenset[str]]:
    """Return the sets of two or more that import each other, directly or through others."""
    reach = {one: _reachable(arrows, one) for one in arrows}
    found = {
        frozenset(other for other in reach[one] if one in reach[other])
        for one in arrows
        if one in reach[one]
    }
    return sorted(found, key=sorted)


def _reachable(arrows: Arrows, start: str) -> frozenset[str]:
    seen: set[str] = set()
    todo = list(arrows[start])
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += arrows[at]
    return frozenset(seen)
