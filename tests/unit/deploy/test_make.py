"""The steps of the commands of a fresh machine, as `make` would run them."""

import subprocess
from pathlib import Path
from typing import Final

import pytest

_ROOT: Final = Path(__file__).parents[3]
_SETUP: Final = (
    "-m venv .venv",
    "pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt",
    "--no-deps --no-build-isolation -e .",
    "deploy/kafka/install-java.sh",
    "-m gateway.embedded --prepare",
)
_NODE: Final = (
    "pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt",
    "ci --prefix .cache/node --cache .cache/npm",
    "ci --prefix .cache/node-sdks --cache .cache/npm",
)


def steps(target: str) -> list[str]:
    """Return what `make` would run where nothing has been made yet."""
    done = subprocess.run(  # noqa: S603 - our own Makefile
        ["make", "--dry-run", "--always-make", target],  # noqa: S607 - as a person types it
        cwd=_ROOT,
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("target", "last"),
    [
        ("demo", ".venv/bin/ledgerlane demo"),
        (
            "test",
            ".venv/bin/python -m gateway.embedded -- .venv/bin/pytest -n 2 --dist loadgroup",
        ),
    ],
)
def test_one_command_sets_up_everything_that_it_needs_first(target: str, last: str) -> None:
    said = steps(target)
    assert said[-1] == last
    places = [next(n for n, line in enumerate(said) if step in line) for step in _SETUP]
    assert places == sorted(places)


@pytest.mark.parametrize("target", ["test", "integration"])
def test_a_browser_is_installed_for_the_tests_that_open_pages(target: str) -> None:
    said = steps(target)
    assert "deploy/browser/install-chromium.sh" in said[: len(said) - 1]


@pytest.mark.parametrize("target", ["test", "integration"])
def test_node_is_installed_for_the_test_that_needs_it(target: str) -> None:
    said = steps(target)
    needed = (*_SETUP, *_NODE, ".venv/bin/pytest")
    places = [next(n for n, line in enumerate(said) if step in line) for step in needed]
    assert places == sorted(places)


@pytest.mark.parametrize("target", ["setup", "demo", "check", "unit", "e2e", "simulate"])
def test_nothing_else_installs_node(target: str) -> None:
    assert not [line for line in steps(target) if any(step in line for step in _NODE)]


def test_the_lock_for_developing_is_without_node() -> None:
    """The image's build stage installs it."""
    assert "nodejs" not in (_ROOT / "requirements" / "dev.txt").read_text("utf-8")


def test_what_runs_before_a_change_is_merged_is_what_a_person_types() -> None:
    script = (_ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert [line for line in script if line.startswith("run ")][-2:] == [
        "run check",
        "run test",
    ]
