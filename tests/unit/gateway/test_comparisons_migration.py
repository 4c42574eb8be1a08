"""The migration that compares anew knows every reason of a comparison."""

from importlib import import_module

from consumers.store.dependencies import CONTRADICTIONS


def test_what_is_compared_anew_is_all_that_contradicts() -> None:
    migration = import_module("gateway.migrations.versions.0010_comparisons")
    missing = {code for code in CONTRADICTIONS if f"'{code}'" not in migration.COMPARE_ANEW}
    assert missing == set()
