"""Every test here runs on virtual time: heartbeats and late records cost none."""

from collections.abc import Callable, Mapping

from tests.virtual_time import VirtualLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], VirtualLoop]]:
    """Return the only loop that these tests have."""
    return {"virtual": VirtualLoop}
