"""What a simulated worker is made of: the real classes, each of which can be replaced."""

from dataclasses import dataclass, field

from consumers.kafka.intake_consumer import IntakeConsumer
from consumers.lanes.engine import Engine
from consumers.sync.push import Push
from consumers.sync.reconciler import Reconciler
from tests.fakes.record_store import MemoryTables


@dataclass(frozen=True, slots=True)
class Parts:
    """The classes of one world's workers."""

    intake_consumer: type[IntakeConsumer] = IntakeConsumer
    engine: type[Engine] = Engine
    reconciler: type[Reconciler] = Reconciler
    push: type[Push] = Push
    tables: MemoryTables = field(default_factory=MemoryTables)
