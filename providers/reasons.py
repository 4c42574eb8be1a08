"""The reasons that several providers can give, each in words that fit any of them.

A provider says them in its own words by :meth:`ReasonCode.reworded`. The catalogue has more
than 400 lines, as a reason is looked up in one place.
"""

from typing import Final

from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

RATE_LIMITED: Final = ReasonCode(
    code="rate_limited",
    category=ErrorCategory.RATE_LIMIT,
    solver=Solver.NOBODY,
    cause="The provider's {bucket} allowance is used up.",
    fix="Nothing: the realm continues automatically when the allowance is back.",
    what=(
        "The provider asks for a pause, as an allowance of calls is used up: of the company, "
        "or of the app as a whole. Other apps of the same company use it too."
    ),
    do=(
        "Nothing.",
        (
            "If it happens all the time: look for other apps of the company, or ask the "
            "provider for a larger allowance."
        ),
    ),
    then=Afterwards.REST,
)
PAYMENT_UNALLOCATED: Final = ReasonCode(
    code="payment_unallocated",
    category=ErrorCategory.VALIDATION,
    solver=Solver.TENANT_ADMIN,
    cause=(
        "{rest} {currency} of the payment of {amount} {currency} settle no invoice, and the "
        "connection's settings hold such payments."
    ),
    fix="Allocate the whole payment to invoices, or lower it to what they owe.",
    what=(
        "A part of the payment settles no invoice, and the connection is set to hold such "
        "payments (`payments.unallocated` is `hold`). Without the setting QuickBooks keeps the "
        "part as unapplied amount, and Xero as an overpayment."
    ),
    do=(
        "Allocate the whole payment to invoices on the platform, or lower it.",
        "Or take the setting away, and solve the task.",
    ),
    then=Afterwards.SOLVE,
)
RATE_NOT_CARRIED: Final = ReasonCode(
    code="exchange_rate_not_carried",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause=(
        "The payment of {amount} {currency} settles {settled} {settled_currency} at the rate "
        "{rate}, and comes to {whole} {settled_currency} in all, but {because}."
    ),
    fix=(
        "Announce the payment in {settled_currency}, of {whole} {settled_currency} and "
        "without a rate."
    ),
    what=(
        "The payment settles invoices of another currency at a rate, in a way that the ledger "
        "has no room for. QuickBooks keeps a payment in its customer's currency, with a rate "
        "to the company's own. Xero keeps both amounts of a payment of one invoice."
    ),
    do=(
        "Announce the payment in the invoices' currency and without a rate; the fix has the "
        "amount.",
        "Record the gain or loss by the exchange in the ledger.",
    ),
    then=Afterwards.SOLVE,
)
RATE_LEAVES_NOTHING: Final = RATE_NOT_CARRIED.reworded(
    cause=(
        "At the rate {rate} a part of the payment of {amount} {currency} comes to nothing in "
        "{settled_currency}."
    ),
    fix="Correct the rate or the amounts, or leave out the invoice that gets nothing.",
)
ACCOUNT_CURRENCY_DIFFERS: Final = ReasonCode(
    code="account_currency_differs",
    category=ErrorCategory.VALIDATION,
    solver=Solver.TENANT_ADMIN,
    cause=(
        "The payment is in {currency}, but the account that it goes to ({account}) is in "
        "{account_currency}."
    ),
    fix="Name a deposit account in {currency}.",
    what=(
        "The money of a payment goes to an account of another currency, so that it is not "
        "known how much of it arrived there."
    ),
    do=(
        (
            "Name another account on the platform, or set another default for deposits in the "
            "connection's settings (`accounts.deposit`). The fix has the currency."
        ),
        "Solve the task.",
    ),
    then=Afterwards.SOLVE,
)
NO_ANSWER: Final = ReasonCode(
    code="no_answer",
    category=ErrorCategory.NETWORK,
    solver=Solver.NOBODY,
    cause="The provider did not answer ({what}).",
    fix="Nothing: it is tried again automatically.",
    what=(
        "The provider did not answer, or answered that it is in trouble. Nothing is wrong with "
        "the document. A write whose answer was lost is looked up before it is repeated, so "
        "nothing is written twice."
    ),
    do=(
        "Nothing at first.",
        (
            "If it lasts: look at the provider's status page, and whether the gateway reaches "
            "the internet."
        ),
        "Replay what has died when the provider is well again.",
    ),
    then=Afterwards.RETRY,
)
GRANT_REFUSED: Final = ReasonCode(
    code="grant_refused",
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The provider no longer accepts the consent: used, expired or revoked.",
    fix="Connect the company again.",
    what=(
        "The provider no longer accepts the consent: it was revoked, has expired, or the code "
        "of a new one was used already. A consent that is not used for long ends too."
    ),
    do=(
        (
            "Have the company's admin connect it again: `ledgerlane connect-url --provider "
            "<provider>` prints the address."
        ),
        (
            "Finish with `ledgerlane connect --tenant <tenant> --provider <provider> --realm "
            "<realm>` within minutes; a code works once."
        ),
    ),
    then=Afterwards.CONNECT,
)
SECRET_STORE_AWAY: Final = ReasonCode(
    code="secret_store_away",
    category=ErrorCategory.INTERNAL,
    solver=Solver.OPERATOR,
    cause="The secret store ({store}) does not open or seal tokens: {what}.",
    fix="Bring it back, or let us use its key; what waits continues automatically.",
    what=(
        "Tokens are sealed by a secret store outside the gateway. It does not answer, is "
        "sealed itself, or refuses our credentials or the use of its key, so that no provider "
        "can be called."
    ),
    do=(
        "As the operator: see that the store runs and answers the gateway's machines.",
        (
            "Compare the settings `LEDGERLANE_VAULT_…` with it: address, name of the key, and "
            "credentials, which may have expired."
        ),
    ),
    then=Afterwards.REST,
)
REFRESH_TOKEN_ENDING: Final = ReasonCode(
    code="refresh_token_ending",
    category=ErrorCategory.AUTH,
    solver=Solver.OPERATOR,
    cause="The consent of {company} was not used for long: it ends in {days} days, on {day}.",
    fix="See that a worker of the provider runs and reaches it; or connect the company again.",
    what=(
        "A refresh token ends unless it is used. A worker of the provider uses that of an idle "
        "company weeks before, so this is told only where that failed again and again: no such "
        "worker runs, or the provider does not answer it."
    ),
    do=(
        (
            "As the operator: see that `ledgerlane worker <provider>` runs, and what its log "
            "has under `grant.not_kept_alive`."
        ),
        (
            "Try it: `ledgerlane tokens refresh --tenant <tenant> --provider <provider> "
            "--realm <realm>`."
        ),
        "If the provider refuses it, have the company's admin connect the company again.",
    ),
    then=Afterwards.ENDING,
)
CONSENT_ENDING: Final = ReasonCode(
    code="consent_ending",
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The provider ends the consent of {company} in {days} days, on {day}.",
    fix="Connect the company again before that day.",
    what=(
        "Intuit ends each consent five years after it was given, however often it was used. No "
        "refresh moves that day: only a new consent does."
    ),
    do=(
        (
            "Have the company's admin connect it again: `ledgerlane connect-url --provider "
            "<provider>` prints the address. Nothing has to be disconnected before."
        ),
    ),
    then=Afterwards.ENDING,
)
APP_REFUSED: Final = ReasonCode(
    code="app_refused",
    category=ErrorCategory.AUTH,
    solver=Solver.OPERATOR,
    cause="The provider refused our request.",
    fix="Check client id, client secret and redirect URI in the settings.",
    what=(
        "The provider does not know the gateway's client, or refuses what it asks for. Client "
        "id, client secret or redirect URI are wrong, or belong to the other environment "
        "(sandbox, production)."
    ),
    do=(
        (
            "Compare the provider's client id, client secret and redirect URI with those in "
            "its developer portal: [settings.md](settings.md) names the variables."
        ),
        "Check that the environment is the one that the keys are for.",
        "Start the roles again.",
    ),
    then=Afterwards.CONFIGURE,
)
PROVIDER_NOT_CONFIGURED: Final = ReasonCode(
    code="provider_not_configured",
    category=ErrorCategory.AUTH,
    solver=Solver.OPERATOR,
    cause="The gateway has no client id and secret for this provider.",
    fix="Set the provider's client id, client secret and redirect URI.",
    what=(
        "The gateway was started without client id and secret of this provider, but has a "
        "connection to it."
    ),
    do=(
        (
            "Set the provider's client id, client secret and redirect URI: "
            "[settings.md](settings.md) names the variables."
        ),
        "Start the roles again.",
    ),
    then=Afterwards.CONFIGURE,
)
PERMISSION_MISSING: Final = ReasonCode(
    code="permission_missing",
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The person who connected the company may not do this in the ledger.",
    fix="Give that person the right there, or connect again as someone who has it.",
    what=(
        "The person who connected the company may not do this in the ledger: their role lacks "
        "a right, or was lowered."
    ),
    do=(
        "Give that person the right in the ledger.",
        (
            "Or connect the company again as an admin. With Xero connecting is needed in both "
            "cases, as its lane rests until then."
        ),
    ),
    then=Afterwards.SOLVE,
)
HAS_PAYMENTS: Final = ReasonCode(
    code="has_payments",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The {kind} has payments in the ledger, so it can't be {intent}.",
    fix="Remove or unlink the payments in the ledger first.",
    what=(
        "Payments or credits in the ledger are linked to the transaction, so it can't be "
        "changed or voided. Often they were entered by hand."
    ),
    do=(
        "Open the transaction in the ledger and look at what is linked to it.",
        (
            "Remove or unlink the payments and credits; or leave it, and credit the difference "
            "on the platform."
        ),
    ),
    then=Afterwards.BLOCKED,
)
PAYMENT_EXCEEDS_DUE: Final = ReasonCode(
    code="payment_exceeds_due",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The payment settles more of the invoice than is open in the ledger.",
    fix="Delete what is double in the ledger, or settle no more than is open.",
    what=(
        "The payment settles more of an invoice than is open in the ledger, though not by what "
        "the platform knows: another payment or a credit was recorded in the ledger by hand, "
        "or the change of another payment that would make room is held itself."
    ),
    do=(
        "Compare the payments of the invoice in the ledger with those of the platform.",
        (
            "Delete a double one in the ledger; or lower the allocation on the platform to "
            "what is open, and leave the rest unallocated."
        ),
    ),
    then=Afterwards.SOLVE,
)
NUMBER_TAKEN: Final = ReasonCode(
    code="number_taken",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Number {number!r} is used in the ledger by another {kind}.",
    fix="Renumber one of the two.",
    what=(
        "The ledger has a document or account with this number already. Mostly someone entered "
        "it by hand, or two sources number alike. If it was made of this document, it is "
        "linked."
    ),
    do=(
        "Nothing at first.",
        (
            "If it is held: find the other document in the ledger; the cause has the number "
            "and, where it is known, the id."
        ),
        (
            "If it is the same business, void the document on the platform: that of the ledger "
            "stays. If it is another, renumber one: on the platform, or in the ledger, and "
            "then solve the task."
        ),
        (
            'Or have such documents get a number of their own: `{"on_clash": "suffix"}` under '
            "`numbers` in the connection's settings."
        ),
    ),
    then=Afterwards.LOOK_UP,
)
NAME_TAKEN: Final = ReasonCode(
    code="name_taken",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The name {name!r} is used in the ledger by {by}.",
    fix="Rename one of the two.",
    what=(
        "The ledger has a record of this name already. QuickBooks keeps the names of "
        "customers, vendors and employees unique among all of them, Xero those of active "
        "contacts. If it is the same one, it is linked."
    ),
    do=(
        "Nothing at first.",
        "If it is held: find the other record in the ledger by the name in the cause.",
        "Rename one of the two: on the platform, or in the ledger, and then solve the task.",
        (
            'Or have such records get a name of their own: `{"on_clash": "suffix"}` under '
            "`names` in the connection's settings."
        ),
    ),
    then=Afterwards.LOOK_UP,
)
NAMING_UNREADABLE: Final = ReasonCode(
    code="naming_unreadable",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The connection's setting {setting!r} can't be read: {why}.",
    fix="Correct {setting!r} in the connection's settings.",
    what=(
        "The connection's settings say of names or numbers what the gateway does not know, so "
        "it can't tell under which one the document is to go."
    ),
    do=(
        "Read in the cause which setting it is, and what is wrong with it.",
        (
            "Correct it in the connection's settings: `names` may have `on_clash` (`ask` or "
            "`suffix`); `numbers` may have `on_clash`, `given_by` (`platform` or `ledger`) and "
            "`prefix` (10 characters at most)."
        ),
    ),
    then=Afterwards.SOLVE,
)
REFUSED: Final = ReasonCode(
    code="refused",
    category=ErrorCategory.VALIDATION,
    solver=Solver.PLATFORM,
    cause="The ledger refuses the document: {said}.",
    fix="Correct the document as the ledger's text says.",
    what=(
        "The provider refuses the document for a reason that the gateway has no row for. What "
        "it says is kept in `provider_code`."
    ),
    do=(
        "Read what the provider says, and correct the document on the platform as that asks.",
        "If it is a setting in the ledger, change it there and replay the dead letter.",
        "Tell the operator the text, so that it gets a code of its own.",
    ),
    then=Afterwards.EDIT,
)
TOKEN_EXPIRED: Final = ReasonCode(
    code="token_expired",
    category=ErrorCategory.AUTH,
    solver=Solver.NOBODY,
    cause="The provider no longer takes the access token.",
    fix="Nothing: the token is refreshed automatically.",
    what=(
        "The provider no longer takes the access token, which lives for half an hour or an "
        "hour only. It is refreshed and the call repeated."
    ),
    do=(
        "Nothing.",
        (
            "If a lane rests with this: the fresh token was refused too. Look at the "
            "provider's status page, and connect the company again if it lasts."
        ),
    ),
    then=Afterwards.REST,
)
ACCOUNT_UNMAPPED: Final = ReasonCode(
    code="account_unmapped",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The document names no account, and the connection has no default one for {use}.",
    fix="Choose the default account for {use} in the connection's settings.",
    what=(
        "A line or a payment names no account, and the connection has no default for that use. "
        "Mostly the defaults were not chosen after connecting."
    ),
    do=(
        "Read in the cause for which use it is missing: `sales`, `purchases` or `deposit`.",
        (
            "Enter it under `accounts` in the connection's settings: an account's id in "
            "QuickBooks, its id or code in Xero. Where Xero says that an item has no account, "
            "give the item one there."
        ),
    ),
    then=Afterwards.SOLVE,
)
TAX_CODE_UNMAPPED: Final = ReasonCode(
    code="tax_code_unmapped",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Tax code {code!r} at {rate} % is not mapped.",
    fix="Map the tax code in the connection's settings.",
    what=(
        "The gateway can't tell which tax code of the ledger is meant: none is mapped, and the "
        "ledger has none or several of the line's rate. It does not guess."
    ),
    do=(
        "Read in the cause which code and rate it is.",
        (
            "Enter it under `tax_codes` in the connection's settings: the platform's code to "
            "the tax code's id in QuickBooks, or to the tax type in Xero."
        ),
        (
            "Or add the tax code in the ledger. What is new there is found automatically, or "
            "when the task is solved: the company is read again first."
        ),
    ),
    then=Afterwards.SOLVE,
)
TAX_RATE_DIFFERS: Final = ReasonCode(
    code="tax_rate_differs",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Tax code {code!r} is {rate} % on the document, but {ledger_rate} % in the ledger.",
    fix="Map the tax code to one of {rate} %.",
    what=(
        "The tax code is mapped to one of another rate than the document has. The total would "
        "differ in the books, so nothing is written."
    ),
    do=(
        (
            "Compare both rates in the cause, and find out whether the document is wrong or "
            "the mapping."
        ),
        (
            "Map the code to a tax code of the document's rate under `tax_codes`, or correct "
            "the document on the platform."
        ),
    ),
    then=Afterwards.SOLVE,
)
CLASS_UNMAPPED: Final = ReasonCode(
    code="class_unmapped",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Line {line_id} has class {code!r}, which is not mapped.",
    fix="Map {code!r} in the connection's settings.",
    what=(
        "A line has a class of the platform's for which the connection names nothing in the "
        "ledger, or names something that the ledger can't take. Mostly a class is new on the "
        "platform."
    ),
    do=(
        (
            "Enter the class under `classes` in the connection's settings: the id of a class "
            "in QuickBooks; in Xero a tracking category and its option, named both by name or "
            "both by id."
        ),
        "To leave the class out of the ledger, map it to nothing.",
    ),
    then=Afterwards.SOLVE,
)
CLIENT_UNKNOWN: Final = APP_REFUSED.reworded(
    cause="The provider does not know our client.",
    fix="Check client id, client secret and redirect URI in the settings.",
)
