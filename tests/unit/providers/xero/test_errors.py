"""What each of Xero's answers becomes."""

import json
import re
import string
from datetime import timedelta
from typing import Any

import pytest

from providers.errors import (
    Blocked,
    Bucket,
    Duplicate,
    Gone,
    NeedsPerson,
    ProviderError,
    RateLimited,
    Rejected,
    TokenExpired,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from providers.http import Call, Reply
from providers.quotas import CallKind
from providers.xero.error_codes import RULES, Rule
from providers.xero.errors import Unprocessed, classify, element_error, of_messages
from schemas.errors import ErrorCategory
from tests.unit.providers.advice import assert_says_what_to_do

READ = Call("GET", "/api.xro/2.0/Invoices", CallKind.READ)
WRITE = Call("PUT", "/api.xro/2.0/Invoices", CallKind.WRITE)

MESSAGES: list[tuple[str, type[ProviderError], str]] = [
    (
        "The contact name Harbour Cafe Ltd is already assigned to another contact. The contact "
        "name must be unique across all active contacts.",
        Duplicate,
        "name_taken",
    ),
    ("Another contact has this contact number", Duplicate, "contact_number_taken"),
    ("The Account Number already exists", NeedsPerson, "account_number_taken"),
    ("Email address must be valid", Rejected, "email_invalid"),
    ("Contact Name cannot be empty", Rejected, "name_invalid"),
    ("The contact is archived and can't be used on new transactions", NeedsPerson, "archived"),
    ("The contact with ContactID 7 could not be found", NeedsPerson, "contact_missing"),
    (
        "The Contact must contain at least 1 of the following elements to identify the "
        "contact: Name, ContactID, ContactNumber",
        NeedsPerson,
        "contact_missing",
    ),
    ("A Contact must be specified for this type", NeedsPerson, "contact_missing"),
    ("Payment amount exceeds the amount outstanding on this document", NeedsPerson,
     "payment_exceeds_due"),
    ("Payments can only be made against Authorised documents", NeedsPerson,
     "invoice_not_payable"),
    ("This payment cannot be deleted as it is part of a batch payment", NeedsPerson,
     "payment_in_batch"),
    ("This payment cannot be deleted as it has been reconciled", NeedsPerson,
     "payment_reconciled"),
    ("Account could not be found", NeedsPerson, "deposit_account_invalid"),
    ("The document to pay could not be found", NeedsPerson, "invoice_missing"),
    ("Invoice # must be unique.", Duplicate, "number_taken"),
    ("This document cannot be edited as it has a payment or credit note allocated to it.",
     Blocked, "has_payments"),
    ("A status of VOIDED cannot be applied as the document has payments or credit notes "
     "allocated to it", Blocked, "has_payments"),
    ("Invoice not of valid status for modification", NeedsPerson, "status_forbids"),
    ("The document date cannot be before the period lock date, currently set at 30-Jun-2026",
     NeedsPerson, "period_locked"),
    ("The document date cannot be before the end of year lock date, set at 1-Mar-2026",
     NeedsPerson, "period_locked"),
    ("Organisation is not subscribed to currency JPY", NeedsPerson, "currency_missing"),
    ("The invoice total cannot be negative", Rejected, "total_negative"),
    ("Account code must be specified", NeedsPerson, "account_unmapped"),
    ("Account code '9' is not a valid code for this document", NeedsPerson, "account_invalid"),
    ("Item code 'BEAN' is not valid", NeedsPerson, "item_missing"),
    ("The tracking category or option could not be found", NeedsPerson, "class_invalid"),
    ("The TaxType code 'OUTPUT2' cannot be used with account code '400'.", NeedsPerson,
     "tax_code_unfit"),
    ("The TaxType code TAX099 does not exist or cannot be used for this type of transaction",
     NeedsPerson, "tax_code_invalid"),
    ("The TaxType field is mandatory", NeedsPerson, "tax_code_unmapped"),
    ("Insufficient stock. Items are eligible for backorder.", NeedsPerson, "stock_short"),
    ("The line total 10.00 does not match the expected line total 10.01", Rejected,
     "total_mismatch"),
    ("The line total 10000000000 is larger than 9999999999.99", Rejected, "amount_too_large"),
    ("Price List Item with Code 'BEAN' already exists", Duplicate, "code_taken"),
    ("Please enter a unique Code.", Duplicate, "code_taken"),
    ("Please enter a unique Name.", Duplicate, "name_taken"),
    ("System accounts cannot be archived", NeedsPerson, "system_account"),
    ("Bank accounts cannot be updated through the API", NeedsPerson, "bank_account_by_hand"),
    ("Idempotency Key: 1234 is used with a different request.", Uncertain, "key_used"),
    ("An existing invoice with the given id could not be found", Gone, "gone"),
    ("A record with the ContactID 7 could not be found", Gone, "gone"),
    ("The Code field must not exceed 10 characters in length.", Rejected, "too_long"),
    ("Something that nobody has seen before", Rejected, "refused"),
]  # fmt: skip


CATEGORIES: dict[ErrorCategory, str] = {
    ErrorCategory.AUTH: "token_expired scope_missing tenant_disconnected permission_missing",
    ErrorCategory.VALIDATION: (
        "email_invalid name_invalid total_negative amount_too_large too_long refused"
    ),
    ErrorCategory.RATE_LIMIT: "rate_limited",
    ErrorCategory.NETWORK: "key_used no_answer",
    ErrorCategory.SETTING: (
        "name_taken contact_number_taken account_number_taken archived "
        "contact_missing payment_exceeds_due invoice_not_payable payment_in_batch "
        "payment_reconciled deposit_account_invalid invoice_missing number_taken "
        "has_payments status_forbids period_locked currency_missing account_unmapped "
        "account_invalid item_missing class_invalid tax_code_unfit tax_code_invalid "
        "tax_code_unmapped stock_short code_taken system_account bank_account_by_hand "
        "gone look_up_refused"
    ),
    ErrorCategory.INTERNAL: "total_mismatch request_refused",
}
CATEGORY_OF = {code: one for one, codes in CATEGORIES.items() for code in codes.split()}


def reply(status: int, body: Any = "", **headers: str) -> Reply:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    lower = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, lower, content, trace_id="trace-1")


def error(answer: Reply, call: Call = WRITE) -> ProviderError:
    found = classify(call, answer)
    assert found is not None
    return found


@pytest.mark.accepts("ERR-03", "ERR-07")
@pytest.mark.parametrize(("message", "kind", "code"), MESSAGES)
def test_a_message_says_what_to_do(message: str, kind: type[ProviderError], code: str) -> None:
    found = of_messages([message])
    assert type(found) is kind
    assert found.reason.code == code
    assert found.reason.category is CATEGORY_OF[code]
    assert_says_what_to_do(found.reason, message)
    assert "{" not in found.reason.cause
    assert found.reason.provider_code


def test_every_row_of_the_table_is_met_by_a_message() -> None:
    assert {rule.reason.code for rule in RULES} <= {code for _, _, code in MESSAGES}
    assert len(MESSAGES) >= 40


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.pattern)
def test_a_message_has_the_details_that_its_reason_names(rule: Rule) -> None:
    words = f"{rule.reason.cause} {rule.reason.fix}"
    named = {name for _, name, _, _ in string.Formatter().parse(words) if name}
    assert named <= set(re.compile(rule.pattern).groupindex)


def test_a_cause_names_what_it_is_about() -> None:
    locked = of_messages(
        [
            "The document date cannot be before the period lock date, currently set at "
            "30-Jun-2026"
        ]
    )
    assert "30-Jun-2026" in locked.reason.cause
    unfit = of_messages(["The TaxType code 'OUTPUT2' cannot be used with account code '400'."])
    assert "OUTPUT2" in unfit.reason.cause
    assert "400" in unfit.reason.cause


def test_the_more_telling_of_two_messages_counts() -> None:
    found = of_messages(
        [
            "Invoice not of valid status for modification",
            "This document cannot be edited as it has a payment or credit note allocated.",
        ]
    )
    assert found.reason.code == "has_payments"


def test_messages_are_collected_from_nested_objects_too() -> None:
    element = {
        "InvoiceID": "00000000-0000-0000-0000-000000000000",
        "ValidationErrors": [],
        "Contact": {"Addresses": [{"ValidationErrors": []}]},
        "LineItems": [{"ValidationErrors": [{"Description": "Item code 'A' is not valid"}]}],
    }
    found = element_error(element)
    assert found is not None
    assert found.reason.code == "item_missing"


def test_an_element_without_errors_was_saved() -> None:
    saved = {
        "StatusAttributeString": "WARNING",
        "HasErrors": False,
        "Warnings": [{"Message": "m"}],
    }
    assert element_error(saved) is None


def test_an_element_marked_as_failed_is_refused_without_a_message_too() -> None:
    found = element_error({"StatusAttributeString": "ERROR"})
    assert isinstance(found, Rejected)


VALIDATION = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Message": "A validation exception occurred",
    "Elements": [{"ValidationErrors": [{"Message": "Invoice # must be unique."}]}],
}
EXPIRED = {"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired at 1"}
NO_SCOPE = {"Title": "Unauthorized", "Status": 401, "Detail": "AuthorizationUnsuccessful"}
NO_TENANT = {"Title": "Forbidden", "Status": 403, "Detail": "AuthenticationUnsuccessful"}

STATUSES: list[tuple[Reply, type[ProviderError], str]] = [
    (reply(400, VALIDATION), Duplicate, "number_taken"),
    (reply(400, {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": "m"}),
     Unprocessed, "request_refused"),
    (reply(400, {"ErrorNumber": 17, "Type": "NoDataProcessedException", "Message": "m"}),
     Unprocessed, "request_refused"),
    (reply(400, {"ErrorNumber": 16, "Type": "QueryParseException", "Message": "m"}),
     Rejected, "refused"),
    (reply(400, {"ErrorNumber": 51, "Type": "HighVolumeException", "Message": "m"}),
     NeedsPerson, "look_up_refused"),
    (reply(400, "Idempotency Key: 1 is used with a different request."), Uncertain, "key_used"),
    (reply(400, "<html>bad</html>"), Rejected, "refused"),
    (reply(401, EXPIRED), TokenExpired, "token_expired"),
    (reply(401, ""), TokenExpired, "token_expired"),
    (reply(401, NO_SCOPE), Unauthorized, "scope_missing"),
    (reply(401, EXPIRED, www_authenticate='Bearer error="insufficent_scope"'), Unauthorized,
     "scope_missing"),
    (reply(401, {"Detail": "AuthenticationUnsuccessful"}), TokenExpired, "token_expired"),
    (reply(403, NO_TENANT), Unauthorized, "tenant_disconnected"),
    (reply(403, {"Detail": "no role"}), Unauthorized, "permission_missing"),
    (reply(404, "The resource you're looking for cannot be found"), Gone, "gone"),
    (reply(412, ""), Rejected, "request_refused"),
    (reply(413, "too large"), Unprocessed, "request_refused"),
    (reply(415, "type"), Rejected, "request_refused"),
    (reply(429, "", x_rate_limit_problem="minute", retry_after="22"), RateLimited,
     "rate_limited"),
    (reply(500, "<html>"), Uncertain, "no_answer"),
    (reply(501, "not implemented"), Rejected, "request_refused"),
    (reply(503, "The Organisation is offline"), Uncertain, "no_answer"),
]  # fmt: skip


@pytest.mark.accepts("ERR-16", "ERR-07")
@pytest.mark.parametrize(("answer", "kind", "code"), STATUSES)
def test_a_status_says_what_to_do(answer: Reply, kind: type[ProviderError], code: str) -> None:
    found = error(answer)
    assert type(found) is kind
    assert found.reason.code == code
    assert found.reason.category is CATEGORY_OF[code]
    assert_says_what_to_do(found.reason, "The provider's own text")
    assert found.trace_id == "trace-1"


def test_a_read_that_fails_wrote_nothing() -> None:
    assert type(error(reply(500), READ)) is Unavailable


@pytest.mark.parametrize("status", [200, 204, 304])
def test_success_is_no_error(status: int) -> None:
    assert classify(WRITE, reply(status)) is None


LIMITS = [
    ({"x_rate_limit_problem": "minute", "retry_after": "22"}, Bucket.MINUTE, 22),
    ({"x_rate_limit_problem": "day", "retry_after": "66975"}, Bucket.DAY, 66_975),
    ({"x_rate_limit_problem": "Concurrent"}, Bucket.CONCURRENT, 1),
    ({"x_rate_limit_problem": "appminute", "retry_after": "5"}, Bucket.APP_MINUTE, 5),
    ({"x_rate_limit_problem": "day"}, Bucket.DAY, 3_600),
    ({"retry_after": "soon"}, Bucket.MINUTE, 60),
    ({}, Bucket.MINUTE, 60),
]


@pytest.mark.parametrize(("headers", "bucket", "seconds"), LIMITS)
def test_a_429_names_its_bucket_and_its_pause(
    headers: dict[str, str], bucket: Bucket, seconds: int
) -> None:
    found = error(reply(429, "not json", **headers))
    assert isinstance(found, RateLimited)
    assert found.bucket is bucket
    assert found.retry_after == timedelta(seconds=seconds)


def test_auth_trouble_is_categorised_as_auth() -> None:
    for answer in (reply(401, NO_SCOPE), reply(403, NO_TENANT)):
        assert error(answer).reason.category is ErrorCategory.AUTH
