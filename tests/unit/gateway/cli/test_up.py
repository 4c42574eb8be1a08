"""The roles that `up` runs, and the reasons for those that it does not."""

import pytest

from gateway.cli.up import roles_of
from gateway.config.settings import Settings
from gateway.vault import new_key

BASE = {
    "LEDGERLANE_DATABASE_URL": "postgresql://u:p@127.0.0.1/ledgerlane",
    "LEDGERLANE_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "LEDGERLANE_VAULT_KEYS": f"k:{new_key()}",
}
QBO = {
    "LEDGERLANE_QBO_CLIENT_ID": "id",
    "LEDGERLANE_QBO_CLIENT_SECRET": "secret",
    "LEDGERLANE_QBO_REDIRECT_URI": "https://platform.example.com/callback",
}
OFF = {"LEDGERLANE_WORKER_ENABLED": "false"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            {},
            {
                "worker intake": "",
                "worker qbo": "not configured",
                "worker xero": "not configured",
            },
        ),
        (QBO, {"worker intake": "", "worker qbo": "", "worker xero": "not configured"}),
        (
            QBO | OFF,
            dict.fromkeys(
                ("worker intake", "worker qbo", "worker xero"),
                "disabled by LEDGERLANE_WORKER_ENABLED",
            ),
        ),
    ],
)
def test_workers_run_where_they_are_switched_on_and_configured(
    environ: dict[str, str], expected: dict[str, str]
) -> None:
    found = dict(roles_of(Settings.from_environ(BASE | environ)))
    assert found == {"api": "", "relay": "", **expected}
