"""How the command line ends when something is wrong."""

import socket
from collections.abc import Iterator

import pytest

from gateway.cli.app import app
from gateway.cli.failures import FAILED, MISUSED, run
from gateway.output import print_table
from tests.fakes.environment import environment


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment whose database and broker are not there."""
    nowhere = environment(
        DATABASE_URL="postgresql://u:canary@127.0.0.1:1/x", KAFKA_BOOTSTRAP="127.0.0.1:1"
    )
    for name, value in nowhere.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def assert_one_line(captured: str, *said: str) -> None:
    assert captured.startswith("ledgerlane: ")
    assert captured.count("\n") == 1
    assert "Traceback" not in captured
    for part in said:
        assert part in captured


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "nonsense"),
        (["topics"], "Missing command"),
        (["migrate", "--sideways"], "--sideways"),
        (["connect", "--tenant", "t"], "provider"),
        (["connect-url", "--provider", "sage"], "qbo, xero"),
        (["simulate", "sage", "--port", "0"], "qbo, xero"),
    ],
)
def test_a_misuse_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(app, arguments) == MISUSED
    assert_one_line(capsys.readouterr().err, said, "ledgerlane --help")


def test_a_missing_setting_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["migrate"]) == FAILED
    assert_one_line(capsys.readouterr().err, "LEDGERLANE_DATABASE_URL is not set")


@pytest.mark.usefixtures("unreachable")
@pytest.mark.parametrize("command", [["migrate"], ["vault", "rekey"], ["api"]])
def test_an_unreachable_database_is_one_line(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert run(app, command) == FAILED
    last = capsys.readouterr().err.splitlines()[-1] + "\n"
    assert_one_line(last, "127.0.0.1:1/x does not answer")
    assert "canary" not in last


@pytest.mark.usefixtures("unreachable")
@pytest.mark.parametrize("command", [["topics", "apply"], ["relay"]])
def test_an_unreachable_broker_is_one_line(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert run(app, command) == FAILED
    assert_one_line(capsys.readouterr().err.splitlines()[-1] + "\n", "Kafka at 127.0.0.1:1")


@pytest.mark.usefixtures("unreachable")
def test_an_unregistered_provider_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["connect-url", "--provider", "qbo"]) == FAILED
    assert_one_line(capsys.readouterr().err, "LEDGERLANE_QBO_CLIENT_ID")


def test_a_taken_port_is_one_line(capsys: pytest.CaptureFixture[str], taken_port: int) -> None:
    assert run(app, ["simulate", "xero", "--port", str(taken_port)]) == FAILED
    assert_one_line(capsys.readouterr().err, f"127.0.0.1:{taken_port}")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["--help"]) == 0
    shown = capsys.readouterr().out
    for command in ("api", "relay", "migrate", "topics", "vault", "connect", "simulate"):
        assert command in shown


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, []) == 0
    assert "Commands" in capsys.readouterr().out


def test_a_table_lines_up(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "n"), [("a", "10"), ("longer", "2")])
    assert capsys.readouterr().out.splitlines() == ["name    n", "a       10", "longer  2"]
