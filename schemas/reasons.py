"""The reasons that belong to no provider: those of the consumers and of the gateway itself.

One entry a code, and below it the same code in the words of another situation. It has more
lines than other modules, as it is a catalogue and nothing else.
"""

from typing import Final

from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

WAITS_IN_A_CYCLE: Final = ReasonCode(
    code="waits_in_a_circle",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="These wait for each other: {names}.",
    fix=(
        "Take one of the references away on the platform; the others then continue "
        "automatically."
    ),
    what=(
        "Documents refer to each other in a cycle, so none of them can be the first in the "
        "ledger."
    ),
    do=(
        "Read the cycle in the cause.",
        "Take one of the references away on the platform; the others continue automatically.",
    ),
    then=Afterwards.WAIT,
)
WAITING_FOR_DEPENDENCY: Final = ReasonCode(
    code="waiting_for_dependency",
    category=ErrorCategory.VALIDATION,
    solver=Solver.NOBODY,
    cause="These are not in the ledger yet, or not as they are now: {names}.",
    fix="Nothing, when they are on their way; else send them from the platform.",
    what=(
        "The document refers to others that are not in the ledger yet: an invoice to its "
        "customer, a payment to its invoice. This is no failure."
    ),
    do=(
        "Nothing, if they are on their way.",
        (
            "If it waits for long: look for them with `ledgerlane inspect --tenant <tenant> "
            "--document <type>/<id>`; what was never announced must be sent from the platform."
        ),
    ),
    then=Afterwards.WAIT,
)
WAITING_FOR_STOPPED: Final = ReasonCode(
    code="waiting_for_stopped",
    category=ErrorCategory.VALIDATION,
    solver=Solver.TENANT_ADMIN,
    cause="{before}This one waits, as {stopped}.",
    fix="Solve what these say of themselves; this one then continues automatically.",
    what="The document refers to one that is held, dead or skipped, so it can't go on.",
    do=(
        (
            "Look at the documents that the cause names: `ledgerlane inspect --tenant <tenant> "
            "--document <type>/<id>` has their reasons."
        ),
        "Solve those.",
    ),
    then=Afterwards.WAIT,
)
MALFORMED_SIGNAL: Final = ReasonCode(
    code="malformed_signal",
    category=ErrorCategory.INTERNAL,
    solver=Solver.OPERATOR,
    cause="The record is {why}.",
    fix="Find out what wrote it; the record it meant is in the table and is not lost.",
    what=(
        "A record on a provider's work topic is no signal. Something else than the gateway "
        "wrote to the topic."
    ),
    do=(
        "Look at the record: `ledgerlane dead show <id>` has its headers and bytes.",
        "Find out what wrote it, and take its right to write to the topic away.",
    ),
    then=Afterwards.LOST,
)
MALFORMED_EVENT: Final = ReasonCode(
    code="malformed_event",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{why}",
    fix="Correct the service that emits the event, then send it again.",
    what=(
        "A record of `platform.events` lacks a CloudEvents attribute that every event needs, "
        "or has one that can't be read. A service sent it without the outbox, or with another "
        "library."
    ),
    do=(
        "Read in the cause which header it is.",
        "Correct the service that emits the event, and let it send the event again.",
    ),
    then=Afterwards.EVENT,
)
UNKNOWN_EVENT_TYPE: Final = ReasonCode(
    code="unknown_event_type",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{why}",
    fix="Correct the service that emits the event, then send it again.",
    what=(
        "An event has a type that the gateway does not know: the service is newer than the "
        "gateway, or the type is mistyped."
    ),
    do=(
        "Compare the type in the cause with those in `schemas/documents/catalogue.py`.",
        (
            "Correct the service, or run a gateway that knows the type, then replay the dead "
            "letters."
        ),
    ),
    then=Afterwards.REFUSED,
)
INVALID_DOCUMENT: Final = ReasonCode(
    code="invalid_document",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="{why}",
    fix="Correct the document on the platform; its next version is taken in.",
    what=(
        "An event has a document that does not fit the schema of its type: a field is missing, "
        "of another kind, or contradicts another one. The cause says which."
    ),
    do=(
        "Compare the document with the example and schema of its type in `schemas/`.",
        "Correct the document, or the service that emits it; its next version is taken in.",
    ),
    then=Afterwards.REFUSED,
)
VERSION_CONFLICT: Final = ReasonCode(
    code="version_conflict",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause=(
        "Version {version} was announced before with other content; what differs: {fields}."
    ),
    fix="Announce the document again under a higher version.",
    what=(
        "Two events give one version of a document different content. Which of them is the "
        "newer can't be known, so the first stays, and nothing of the other is written. Mostly "
        "the service makes its versions of a time in whole seconds, or two of its processes "
        "count on their own."
    ),
    do=(
        "Compare the event with the document: `ledgerlane dead show <id>` has its payload.",
        "Announce the document as it is now under a higher version.",
        (
            "Let the service make versions that rise with every change: "
            "[platform events](platform-events.md#versions) says how."
        ),
    ),
    then=Afterwards.CONFLICT,
)
INVALID_STORED_DOCUMENT: Final = INVALID_DOCUMENT.reworded(
    cause="Version {version} was stored by an older release, and is refused now: {why}",
    fix="Correct the document on the platform; its next version is taken in.",
)
PROVIDER_DOWN: Final = ReasonCode(
    code="provider_down",
    category=ErrorCategory.NETWORK,
    solver=Solver.NOBODY,
    cause="The provider does not answer, for this company or for any.",
    fix="Nothing: it continues automatically when the provider answers again.",
    what=(
        "Call after call to the provider failed, for this company or for all, so no more are "
        "made until one shows that it is back."
    ),
    do=(
        "Nothing: a probe is made from time to time.",
        "If it lasts: look at the provider's status page.",
    ),
    then=Afterwards.REST,
)
NOT_APPROVED: Final = ReasonCode(
    code="not_approved",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="The document is a draft; only approved documents go to a ledger.",
    fix="Approve it on the platform.",
    what="The document is a draft on the platform. Only approved documents go to a ledger.",
    do=("Nothing, if it is meant to be a draft; else approve it on the platform.",),
    then=Afterwards.SKIP,
)
WITHDRAWN_BEFORE_SENT: Final = ReasonCode(
    code="withdrawn_before_sent",
    category=ErrorCategory.VALIDATION,
    solver=Solver.NOBODY,
    cause="The document was voided or taken out of use before it reached the ledger.",
    fix="Nothing: the ledger never had it.",
    what=(
        "The document was voided or taken out of use before it had reached the ledger, so "
        "there is nothing to take out of the books."
    ),
    do=(
        (
            "Nothing: a document that needs it all the same says so itself, as "
            "[names_out_of_use](#names_out_of_use) or [settles_voided](#settles_voided)."
        ),
    ),
    then=Afterwards.SKIP,
)
BACK_TO_DRAFT: Final = ReasonCode(
    code="back_to_draft",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="The document is in the ledger, but on the platform it is a draft again.",
    fix="Approve it again or void it on the platform.",
    what=(
        "The document is in the ledger already, but on the platform it is a draft again. The "
        "gateway takes nothing out of the books on such a sign."
    ),
    do=("Approve it again on the platform, or void it there.",),
    then=Afterwards.SOLVE,
)
REMOVED_IN_LEDGER: Final = ReasonCode(
    code="removed_in_ledger",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="The document was changed on the platform, but in the ledger it is void or deleted.",
    fix="Void it on the platform, and announce a new document if it is still owed.",
    what=(
        "The document was changed on the platform, but in the ledger its record was voided or "
        "deleted. No ledger takes that back, and a second record would count the money twice."
    ),
    do=(
        "Void it on the platform.",
        "If it is still owed, announce a new document with a number of its own.",
    ),
    then=Afterwards.SOLVE,
)
NOT_TO_LEDGER: Final = ReasonCode(
    code="not_to_ledger",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The connection takes documents of this type from the ledger and sends it none.",
    fix="Nothing, unless they are to be sent: then change the direction of this type.",
    what=(
        "The document was changed on the platform, but the connection takes documents of this "
        "type from the ledger and sends it none."
    ),
    do=("Nothing, unless such documents are to be sent: then change the type's direction.",),
    then=Afterwards.SKIP,
)
BOTH_SIDES_CHANGED: Final = ReasonCode(
    code="both_sides_changed",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The platform and the ledger both changed {fields}.",
    fix="Make both sides equal, on the platform or in the ledger.",
    what=(
        "The same fields of the document were changed on the platform and in the ledger since "
        "both last agreed, and the connection's policy leaves it to a person which side is "
        "right. Neither side is changed meanwhile."
    ),
    do=(
        "Compare the fields that the cause names on both sides.",
        "Make them equal, on the platform or in the ledger.",
    ),
    then=Afterwards.SOLVE,
)
LEDGER_CHANGES_NOT_CARRIED: Final = ReasonCode(
    code="ledger_changes_not_carried",
    category=ErrorCategory.SETTING,
    solver=Solver.OPERATOR,
    cause="The ledger changed {fields}, and the platform cannot be told yet.",
    fix="Let this type of document go to the ledger only.",
    what=(
        "The connection's policy wants changes of the ledger on the platform, and the ledger "
        "changed its record. This version of the gateway does not carry such changes yet, so "
        "the record is held rather than half of it written."
    ),
    do=("As the operator: let this type of document go to the ledger only.",),
    then=Afterwards.SOLVE,
)
ALREADY_LINKED: Final = ReasonCode(
    code="already_linked",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="The ledger's record {record} belongs to another document already.",
    fix="Give one of the two documents another name or number on the platform.",
    what=(
        "The ledger has one record of this name or number, and another document of the "
        "platform is linked to it. Two documents can't share one record."
    ),
    do=(
        (
            "Find the other document: its name or number is the same on the platform, or became"
            " the same when it was made to fit the ledger, which its remarks say."
        ),
        "Give one of the two another name or number, or take the double out of use.",
        (
            'Or have such documents get one of their own: `{"on_clash": "suffix"}` under '
            "`names` and `numbers` in the connection's settings; then solve the task."
        ),
    ),
    then=Afterwards.SOLVE,
)
TOTAL_MISMATCH: Final = ReasonCode(
    code="total_mismatch",
    category=ErrorCategory.VALIDATION,
    solver=Solver.TENANT_ADMIN,
    cause=(
        "The ledger holds total {ledger_total} and tax {ledger_tax}; the platform says {total} "
        "and {tax}."
    ),
    fix=(
        "Correct the tax mapping of the connection, then release the record; or announce "
        "amounts that the ledger can hold."
    ),
    what=(
        "The ledger comes to another total or tax than the platform. If the cause has both "
        "figures, the document is in the ledger and linked, with the ledger's figures; else "
        "Xero refused it, and nothing was written. Mostly a tax code is mapped wrongly, or the "
        "ledger rounds otherwise: one that keeps only cents has 12.35 for 12.345 dinars."
    ),
    do=(
        "Compare both figures in the cause line by line, first the tax.",
        "Correct `tax_codes` in the connection's settings, or the document on the platform.",
        (
            "Where the ledger has fewer decimals than the platform, announce the document with "
            "prices whose amounts and tax have no more; that is tried automatically."
        ),
        (
            "If the mapping is right, report the document's id to the operator: it is a defect "
            "of ours."
        ),
        "Where Xero had refused it, replay the dead letter afterwards.",
    ),
    then=Afterwards.SOLVE,
)
CONNECTION_REQUIRED: Final = ReasonCode(
    code="connection_required",
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The connection to the company is not authorised.",
    fix="Connect the company again; what waits continues automatically.",
    what=(
        "The document's company is not connected, or its consent has ended: revoked at the "
        "provider, expired, or disconnected here. An event may also name a realm that its "
        "tenant has never connected."
    ),
    do=(
        (
            "Look at `GET /v1/tenants/<tenant>/connections`, whether there is a connection of "
            "that realm, and in which state."
        ),
        (
            "Have the company's admin connect it: `ledgerlane connect-url --provider "
            "<provider>` prints the address, and `ledgerlane connect --tenant <tenant> "
            "--provider <provider> --realm <realm>` takes the code."
        ),
        "If the event died before it became a record, replay its dead letter.",
    ),
    then=Afterwards.CONNECT,
)
TOKEN_REFUSED: Final = ReasonCode(
    code="token_refused",
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The provider refused the token that it had just given.",
    fix="Check that the client id belongs to the environment in use.",
    what=(
        "While a company was being connected, the provider refused the token that it had just "
        "given. Mostly the client id is one of the sandbox and the gateway runs against "
        "production, or the other way round."
    ),
    do=(
        "Compare the client id and the environment in the settings.",
        "Connect again with a new code.",
    ),
    then=Afterwards.CONNECTING,
)
CONNECTION_REQUIRED_FOR_EVENT: Final = CONNECTION_REQUIRED.reworded(
    cause="Tenant {tenant} has no connection to {to}.",
    fix="Connect the company, then replay the dead letter.",
)
NO_COMPANY_CONNECTED: Final = CONNECTION_REQUIRED.reworded(
    cause="The tenant has no such company connected at this provider.",
    fix="Connect one first.",
)
NO_RECORDS: Final = ReasonCode(
    code="no_records",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="Nothing was announced for tenant {tenant} to {to} yet.",
    fix="Announce the documents under this tenant, and see that relay and intake run.",
    what=(
        "A company is connected, but there is no record of it: no document was announced for "
        "its tenant, its events are still on their way, or they name another tenant or realm."
    ),
    do=(
        "Compare the tenant of the events with that of the connection, letter by letter.",
        (
            "See whether the events lie in the outbox: `ledgerlane relay doctor` says what "
            "keeps them there."
        ),
        (
            "See whether they were refused: `ledgerlane dead list --tenant <tenant>` shows "
            "those that were."
        ),
    ),
    then=Afterwards.ANNOUNCE,
)
