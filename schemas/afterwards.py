"""What happens after a document stopped for a reason: the last words of its section.

`<code>` stands for the reason's code.
"""

from enum import StrEnum


class Afterwards(StrEnum):
    """What becomes of a document, or of what it stood for, without anyone's doing."""

    EDIT = (
        "The document is dead for now: it has a dead letter and a task. The next version that "
        "the platform announces is tried automatically, and its agreement closes the task; "
        "nothing need be replayed. The realm's other documents go on, but for those that refer "
        "to this one."
    )
    EVENT = (
        "The event lies on `platform.dead` and in the table of dead letters, and holds up "
        "nothing. The document's next event is taken in automatically. The same event is "
        "brought back by `ledgerlane dead replay <id>`; one that is older than what is known "
        "by then changes nothing."
    )
    REFUSED = (
        "The event lies on `platform.dead` and in the table of dead letters. If it says which "
        "document it is about, that one's record is held with a task at each company that the "
        "event was meant for, and what waits for it says so; what the ledger has stays as it "
        "is. The next good version is taken in automatically, and its agreement closes the "
        "task; an older one and a repeat change nothing. Where a newer gateway accepts the "
        "event, `ledgerlane dead replay <id>` brings it back."
    )
    CONFLICT = (
        "The event lies on `platform.dead` and in the table of dead letters. The record keeps "
        "the first content and goes on with it, with an open task. Agreement on a higher "
        "version closes the task. If the first content is the right one, `ledgerlane tasks "
        'solve <id> --note "What was done."` closes it as soon as the record agrees.'
    )
    SOLVE = (
        "The document is held with an open task, and is not tried again, as nothing tells the "
        'gateway that the cause is gone. `ledgerlane tasks solve <id> --note "What was '
        'done."` tries it again; a new version of the document does too. Agreement with the '
        "ledger closes the task. Where one change frees many, push the whole realm: `POST "
        "/v1/tenants/<tenant>/providers/<provider>/sync`."
    )
    COMPARE = (
        "The document is held with an open task, and no call was made. It is compared again "
        "automatically when the platform announces a new version of it or of what it "
        "contradicts; agreement with the ledger closes the task."
    )
    LOOK_UP = (
        "The document is looked up in the ledger automatically. A record that is plainly the "
        "same one is linked and brought up to date. If it is another, or if this was a change "
        "and no create, the document is held with a task: `ledgerlane tasks solve <id> --note "
        '"What was done."` tries it again, and so does a new version.'
    )
    CONNECT = (
        "The realm's lane rests: its documents stay pending, none of them fails, and no try is "
        "used up. As soon as the company is connected again, they continue automatically."
    )
    ENDING = (
        "Documents go on until that day. It is told once at each threshold of days, in an "
        "event on `sync.results` and in `ledgerlane tokens alerts`, and is over as soon as a "
        "new token or consent is stored. After the end the realm's lane rests until the "
        "company is connected again; none of its documents fails."
    )
    CONFIGURE = (
        "The lanes concerned rest: their documents stay pending, none fails, and no try is "
        "used up. A connection that was called meanwhile counts as expired: after the "
        "settings are corrected and the roles started again, connect its company again with "
        "`ledgerlane connect --tenant <tenant> --provider <provider> --realm <realm>`; its "
        "documents then continue automatically. Where it happened while connecting, nothing "
        "was stored."
    )
    CONNECTING = (
        "Nothing was stored. No document is touched by it, and those of other companies go on."
    )
    ANNOUNCE = (
        "Nothing is stored of it. What is announced becomes a record and is written "
        "automatically; nothing need be pushed."
    )
    REST = (
        "The lane waits as long as it must and continues automatically; no document fails and "
        "no try is used up."
    )
    RETRY = (
        "It is tried again automatically after 30 seconds, then 2, 10, 30 and 75 minutes. A "
        "document that fails a sixth time is dead, with a dead letter and a task. When the "
        "provider is well again, `ledgerlane dead replay --code <code>` tries all of them."
    )
    BLOCKED = (
        "What is voided or taken out of use is tried again automatically, five times within "
        "two hours, as payments may be on their way too; then it is held. A change is held at "
        'once. A held document has a task: `ledgerlane tasks solve <id> --note "What was '
        'done."` tries it again, and so does a new version.'
    )
    DEFECT = (
        "The document is dead, with a dead letter and a task for the operator; it does not "
        "pass on its own. When a corrected gateway runs, `ledgerlane dead replay --code "
        "<code>` tries all that died of it. A new version of a document is tried in any case."
    )
    LOST = (
        "The record lies on the provider's dead topic and in the table of dead letters, and "
        "holds up nothing. There is nothing to bring back: the sync record that it may have "
        "meant is in the table, where the worker finds it automatically."
    )
    SKIP = (
        "The document is skipped, without a task, and nothing is written. Its next version is "
        "looked at anew automatically."
    )
    WAIT = (
        "It continues automatically as soon as what it waits for is in the ledger. No try is "
        "used up meanwhile."
    )
