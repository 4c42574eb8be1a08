"""The providers are built alike, so that the author of the next one has a template."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

from providers.registry import PROVIDERS

ROOT: Final = Path(__file__).parents[3]
PROVIDERS_FOLDER: Final = ROOT / "providers"

# What one provider has and the others need not, each with the reason.
OWN: Final[Mapping[str, frozenset[str]]] = {
    "qbo": frozenset(
        {
            "mapping/countries.py",  # QuickBooks wants three letters where all else has two
            "lookup/candidates.py",  # several records of a name come back, inactive ones too
            "parties.py",  # QuickBooks fixes a party's currency, and writes off its balance
            "mapping/rounding.py",  # a rounding line needs a tax code, and an item on sales
        }
    ),
    "xero": frozenset(
        {
            "dates.py",  # answers have dates of Microsoft's form
            "requests.py",  # several documents share a call
            "lookup/one_by_one.py",  # and some look-ups do not
            "payment_changes.py",  # a payment is several records, of which none can be changed
        }
    ),
}


def files_of(name: str) -> set[str]:
    folder = PROVIDERS_FOLDER / name
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}
    return found - OWN[name]


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_has_the_files_of_the_template(name: str) -> None:
    assert files_of(name) == files_of("qbo")
    assert (PROVIDERS_FOLDER / name / "README.md").exists()


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_a_provider_has_alone_is_there(name: str) -> None:
    assert {
        file for file in OWN[name] if not (PROVIDERS_FOLDER / name / file).exists()
    } == set()


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_readme_lists_the_template(name: str) -> None:
    template = (PROVIDERS_FOLDER / "README.md").read_text("utf-8")
    top = {file for file in files_of(name) if "/" not in file and file != "__init__.py"}
    folders = {f"{file.partition('/')[0]}/" for file in files_of(name) if "/" in file}
    assert {file for file in top | folders if f"`{file}`" not in template} == set()


def test_no_class_name_stands_twice_in_the_providers() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in _product():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def test_no_file_imports_itself_by_way_of_others() -> None:
    modules = {_module(path): path for path in _product()}
    graph = {name: set(_imports(path)) & set(modules) for name, path in modules.items()}
    TopologicalSorter(graph).prepare()


def _product() -> Iterator[Path]:
    for path in sorted(PROVIDERS_FOLDER.rglob("*.py")):
        if "simulators" not in path.parts:
            yield path


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)
