"""The pages of the repository, as the tests of the docs read them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]

_FENCED: Final = re.compile(
    r"(?:^<!-- (?P<source>\S+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)
_LINK: Final = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_SPAN: Final = re.compile(r"`([^`\n]+)`")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.M)


@dataclass(frozen=True)
class Block:
    """A fenced block; `source` is the file that the comment before it names."""

    language: str
    text: str
    source: str | None


@dataclass(frozen=True)
class Link:
    text: str
    target: str


@dataclass(frozen=True)
class Page:
    """A page by its path from the root."""

    path: str

    @property
    def text(self) -> str:
        return (ROOT / self.path).read_text("utf-8")

    @property
    def prose(self) -> str:
        return _FENCED.sub("", self.text)

    @property
    def blocks(self) -> list[Block]:
        found = _FENCED.finditer(self.text)
        return [Block(one["language"], one["text"], one["source"]) for one in found]

    @property
    def links(self) -> list[Link]:
        return [Link(one["text"], one["target"]) for one in _LINK.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """What headings are linked by, as GitHub makes it of them."""
        headings = _HEADING.findall(self.prose)
        return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}

    @property
    def commands(self) -> Iterator[str]:
        """Every line of a shell block, and everything in the text that may be a command."""
        for block in self.blocks:
            if block.language == "sh":
                yield from block.text.splitlines()
        yield from _SPAN.findall(self.prose)


def _written_by_people_or_code() -> Iterator[Page]:
    for path in sorted(ROOT.rglob("*.md")):
        relative = path.relative_to(ROOT)
        if not any(part.startswith(".") for part in relative.parts):
            yield Page(relative.as_posix())


PAGES: Final = tuple(_written_by_people_or_code())
