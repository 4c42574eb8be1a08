"""Lanes: work by realm (or subscriber) at its own pace, in the owner of its partition.

Signals come in by `Engine.take`, work goes out by `ports.LaneWork`, and the offsets that may be
committed are asked for. A `LaneFamily` says what lanes have in common; no provider, no Kafka
client and no database is known here. May import `schemas`, `consumers.position` and
`consumers.metrics`. Start at `engine.py`, then `lane.py`.

A lane's states, and the only callers of the methods that change them:

                    work came                 the table was asked, and earlier calls counted
    (no lane) ──LaneRegistry.lane──▶ closed ──Lane.open: PartitionOwnership──▶ open
        ▲                                                                       │
        └─LaneRegistry.drop: idle and its pace unused, or its partition revoked─┘

    A lane is dispatched while none of these holds; any of them may hold together:
      suspended   Lane.suspend: Tries, a try had no authorisation
                  Lane.resume: Backlog, the sweep found it again
      fenced      Lane.fence, Lane.unfence: LaneRegistry, for all lanes of a partition
      retired     Lane.retire: Engine.revoke; for good, so nothing resumes a revoked lane
      tripped     FailureValve, told by Engine, Tries and ValveSync; lets one probe at a time go
      paused      LanePace: quota, a pause that was asked for, or its breaker

    In the scheduler (Scheduler alone calls these): queued, or not; new while it has credits
    and its last call did not fail, old otherwise.

    With the table: loading a page, or not. Backlog begins a page and takes in what was found;
    Engine ends it, however its loading ended. A lane that is stopped begins none, and one that
    is loading no other.
"""
