"""An environment with everything that the program needs set."""

VAULT_KEY = "yT0m1fQvIhS8x0Z4rN3c6b5w9d2g7kLpA1eUoJqXsHM="


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a sandbox; ``changes`` name variables without the prefix."""
    settings = {
        "DATABASE_URL": "postgresql://ledger:hunter2@127.0.0.1:5432/ledgerlane",
        "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
        "VAULT_KEYS": f"k1:{VAULT_KEY}",
        **changes,
    }
    return {f"LEDGERLANE_{name}": value for name, value in settings.items()}
