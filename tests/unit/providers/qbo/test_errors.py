"""Every code and every body shape, to what is done and what is told."""

import json
from datetime import timedelta
from typing import Any

import pytest

from providers.errors import (
    Blocked,
    Duplicate,
    Gone,
    NeedsPerson,
    ProviderError,
    RateLimited,
    Rejected,
    Stale,
    TokenExpired,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from providers.http import Call, Reply
from providers.qbo.error_codes import TABLE
from providers.qbo.errors import classify
from providers.quotas import CallKind
from schemas.errors import ErrorCategory
from tests.unit.providers.advice import assert_says_what_to_do

WRITE = Call("POST", "/v3/company/1/invoice", CallKind.WRITE)
READ = Call("GET", "/v3/company/1/invoice/1", CallKind.READ)

BRANCHES: dict[type[ProviderError], str] = {
    Blocked: "800 6440 6460 6470",
    Duplicate: "600 6140 6220 6230 6240",
    Gone: "610",
    NeedsPerson: (
        "620 700 2030 2220 2500 5020 5030 6100 6110 6120 6130 6200 6210 6250 6310 6430 "
        "6450 6480 6540 10200"
    ),
    Rejected: (
        "500 2000 2010 2020 2040 2050 2060 2070 2080 2090 2100 2110 2130 2140 2150 2160 2170 "
        "2210 2250 2290 4000 4001 4002 6000 6010 6070 6080 6420"
    ),
    Stale: "5010",
    Unauthorized: "120 3100 3201 3202 6190",
}
CATEGORIES: dict[ErrorCategory, str] = {
    ErrorCategory.AUTH: "120 3100 3201 3202 6190",
    ErrorCategory.VALIDATION: (
        "2020 2040 2050 2060 2070 2080 2090 2100 2110 2140 2150 2160 2210 2250 2290 "
        "6000 6080 6420"
    ),
    ErrorCategory.SETTING: (
        "800 6440 6460 6470 600 6140 6220 6230 6240 610 620 700 2030 2220 2500 5020 "
        "5030 6100 6110 6120 6130 6200 6210 6250 6310 6430 6450 6480 6540 10200 5010"
    ),
    ErrorCategory.INTERNAL: "500 2000 2010 2130 2170 4000 4001 4002 6010 6070",
}
CATEGORY_OF = {code: one for one, codes in CATEGORIES.items() for code in codes.split()}
EVERY_ROW = [(code, kind) for kind, codes in BRANCHES.items() for code in codes.split()]


def reply(status: int, body: Any, **headers: str) -> Reply:
    content = body if isinstance(body, str) else json.dumps(body)
    return Reply(status, headers, content.encode(), "1-tid")


def service_fault(code: str, detail: str = "", element: str = "") -> dict[str, Any]:
    entry = {"Message": "said", "Detail": detail, "code": code, "element": element}
    return {"Fault": {"Error": [entry], "type": "ValidationFault"}, "time": "now"}


def gateway_fault(code: str, message: str = "message=AuthenticationFailed") -> dict[str, Any]:
    entry = {"message": message, "detail": "Token expired", "code": code, "element": None}
    return {"warnings": None, "fault": {"error": [entry], "type": "AUTHENTICATION"}}


def xml_fault(code: str) -> str:
    return (
        '<?xml version="1.0"?><IntuitResponse time="2026-03-02T10:00:00-08:00">'
        f'<Fault type="SERVICE"><Error code="{code}">'
        "<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>"
        "<Detail>The request limit was reached.</Detail></Error></Fault></IntuitResponse>"
    )


def test_the_table_of_this_test_is_complete() -> None:
    assert sorted(code for code, _ in EVERY_ROW) == sorted(TABLE)
    assert len(EVERY_ROW) >= 40


@pytest.mark.parametrize("code", TABLE)
def test_a_code_alone_is_enough_for_its_reason(code: str) -> None:
    assert TABLE[code].reason.reason().cause


@pytest.mark.accepts("ERR-03", "ERR-07")
@pytest.mark.parametrize(("code", "kind"), EVERY_ROW)
def test_each_code_leads_to_its_branch_with_advice(
    code: str, kind: type[ProviderError]
) -> None:
    error = classify(WRITE, reply(400, service_fault(code, "Detail of it", "Line.Amount")))
    assert type(error) is kind
    assert error.reason.category is CATEGORY_OF[code]
    assert_says_what_to_do(error.reason, "Detail of it")
    assert "Line.Amount" in error.reason.cause
    assert error.reason.provider_code == f"{code} Detail of it"
    assert error.trace_id == "1-tid"


@pytest.mark.parametrize(
    ("status", "body", "kind", "category"),
    [
        (400, service_fault("9999", "New rule"), Rejected, ErrorCategory.VALIDATION),
        (404, "", Rejected, ErrorCategory.VALIDATION),
        (413, "<html>too large</html>", Rejected, ErrorCategory.VALIDATION),
        (401, gateway_fault("3200"), TokenExpired, ErrorCategory.AUTH),
        (401, gateway_fault("003200"), TokenExpired, ErrorCategory.AUTH),
        (401, "", TokenExpired, ErrorCategory.AUTH),
        (
            401,
            gateway_fault("", "errorCode=003100; statusCode=401"),
            Unauthorized,
            ErrorCategory.AUTH,
        ),
        (401, service_fault("120"), Unauthorized, ErrorCategory.AUTH),
        (403, gateway_fault("3100"), Unauthorized, ErrorCategory.AUTH),
        (403, "", Unauthorized, ErrorCategory.AUTH),
        (403, service_fault("5020"), NeedsPerson, ErrorCategory.SETTING),
        (403, xml_fault("3001"), RateLimited, ErrorCategory.RATE_LIMIT),
        (429, xml_fault("003001"), RateLimited, ErrorCategory.RATE_LIMIT),
        (429, service_fault("3001"), RateLimited, ErrorCategory.RATE_LIMIT),
        (429, "", RateLimited, ErrorCategory.RATE_LIMIT),
        (200, service_fault("5010"), Stale, ErrorCategory.SETTING),
        (200, "<html>maintenance</html>", Uncertain, ErrorCategory.NETWORK),
        (200, "", Uncertain, ErrorCategory.NETWORK),
        (500, service_fault("10000"), Uncertain, ErrorCategory.NETWORK),
        (400, service_fault("10000"), Uncertain, ErrorCategory.NETWORK),
        (
            400,
            service_fault("6000", "Business Validation Error: ... -30000"),
            Uncertain,
            ErrorCategory.NETWORK,
        ),
        (400, service_fault("150"), Uncertain, ErrorCategory.NETWORK),
        (502, "<html>bad gateway</html>", Uncertain, ErrorCategory.NETWORK),
        (504, "", Uncertain, ErrorCategory.NETWORK),
    ],
)
@pytest.mark.accepts("ERR-16", "ERR-07")
def test_each_shape_and_status_is_understood(
    status: int, body: Any, kind: type[ProviderError], category: ErrorCategory
) -> None:
    error = classify(WRITE, reply(status, body))
    assert type(error) is kind
    assert error.reason.category is category


def test_a_lost_answer_to_a_read_is_no_doubt() -> None:
    assert type(classify(READ, reply(503, ""))) is Unavailable


def test_success_is_a_record_without_a_fault() -> None:
    assert classify(WRITE, reply(200, {"Invoice": {"Id": "1"}})) is None


def test_an_unknown_refusal_keeps_what_was_said_short() -> None:
    error = classify(WRITE, reply(400, service_fault("9999", "x" * 1000)))
    assert error is not None
    assert error.reason.code == "refused"
    assert error.reason.provider_code.startswith("9999 xxx")
    assert len(error.reason.provider_code) == 300


@pytest.mark.parametrize(
    ("said", "seconds"), [({}, 60), ({"retry-after": "7"}, 7), ({"retry-after": "soon"}, 60)]
)
def test_a_throttle_lasts_a_minute_unless_it_says_otherwise(
    said: dict[str, str], seconds: int
) -> None:
    error = classify(WRITE, Reply(429, said, b""))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("code", "detail", "found"),
    [
        ("6240", "The name supplied already exists. : Id=58", "58"),
        ("6240", "The name supplied already exists. : Id=null", ""),
        ("6240", "Another customer, vendor or employee is already using this name.", ""),
        ("6140", "DocNumber=1042 is assigned to TxnType=Invoice with TxnId=145", "145"),
    ],
)
def test_a_duplicate_names_the_record_where_the_fault_does(
    code: str, detail: str, found: str
) -> None:
    error = classify(WRITE, reply(400, service_fault(code, detail)))
    assert isinstance(error, Duplicate)
    assert error.external_id == found


@pytest.mark.parametrize(
    "detail",
    [
        "The currency JPY differs from that of the customer or vendor, GBP.",
        "The currency of the transaction is invalid for customer / vendor / account.",
    ],
)
def test_a_refused_currency_says_so_under_the_catch_all_code(detail: str) -> None:
    error = classify(WRITE, reply(400, service_fault("6000", detail)))
    assert isinstance(error, NeedsPerson)
    assert error.reason.code == "currency_differs"
    assert error.reason.provider_code == f"6000 {detail}"


@pytest.mark.parametrize("detail", ["The request id was used before.", "Bad requestid."])
def test_a_repeated_request_is_a_duplicate_though_the_code_is_the_catch_all(
    detail: str,
) -> None:
    error = classify(WRITE, reply(400, service_fault("6000", detail)))
    assert isinstance(error, Duplicate)
    assert error.reason.code == "repeated_request"


def test_an_account_number_in_use_is_a_duplicate_though_the_code_is_the_catch_all() -> None:
    error = classify(WRITE, reply(400, service_fault("6000", "in use", "AcctNum")))
    assert isinstance(error, Duplicate)
