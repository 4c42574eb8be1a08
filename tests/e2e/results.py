"""What the gateway tells the platform of its records."""

from collections import defaultdict

from schemas.topics import SYNC_RESULTS
from tests.chaos.process_group import ProcessGroup
from tests.e2e.topics import records
from tests.eventually import eventually

Told = tuple[str, str]
"""The key of a result and its subject: a realm's, and one of its records."""


async def versions_told(group: ProcessGroup) -> dict[Told, list[int]]:
    """Return the versions that the results of each record name, in their order.

    Waits until the newest of each is told: a relay publishes a result after the record agrees,
    so that books which agree say nothing of what lies on the topic.
    """
    newest = {
        (f"{books.tenant}:{books.realm}", f"{entity.type.value}/{entity.id}"): version
        for books in group.books
        for entity, version in group.platform.versions.items()
        if entity.owner in books.owners
    }
    versions: dict[Told, list[int]] = defaultdict(list)

    async def all_told() -> bool:
        versions.clear()
        for one in await records(group.services.kafka.bootstrap, SYNC_RESULTS):
            told = one.key.decode(), one.header("ce_subject")
            versions[told].append(int(one.header("ce_entityversion")))
        return {told: found[-1] for told, found in versions.items()} == newest

    await eventually(all_told)
    return versions
