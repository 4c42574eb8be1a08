"""What the API takes as a body, and which part of a request a refusal points to."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest

from gateway.http.errors import pointer_to
from gateway.http.request_bodies import LARGEST_BODY
from tests.unit.gateway.http.test_app import AUTHORISED, Service, assert_problem, calling

SOLVE = f"/v1/tasks/{UUID(int=1)}/solve"
JSON = {"Content-Type": "application/json"}


async def sent(body: Any, headers: Mapping[str, str] = JSON) -> httpx.Response:
    async with calling(Service().app()) as api:
        return await api.post(SOLVE, content=body, headers={**AUTHORISED, **headers})


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"note": "a}', b'{"note": "\xff"}'])
async def test_what_is_no_json_is_refused_as_unreadable(body: bytes) -> None:
    assert_problem(await sent(body), 400, "unreadable_body")


@pytest.mark.parametrize("said", ["text/plain", "application/x-www-form-urlencoded", "x", ""])
async def test_what_is_not_said_to_be_json_is_refused(said: str) -> None:
    headers = {"Content-Type": said} if said else {}
    assert_problem(await sent(b'{"note": "a"}', headers), 415, "wrong_content_type")


async def test_a_body_said_to_be_too_large_is_refused_before_it_is_read() -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    headers = {**JSON, "Content-Length": str(LARGEST_BODY + 1)}
    assert_problem(await sent(unread(), headers), 413, "body_too_large")


async def test_a_body_that_hides_its_size_is_refused_as_it_grows() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10 * LARGEST_BODY // 65_536):
            yield b" " * 65_536

    assert_problem(await sent(pieces()), 413, "body_too_large")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"{}", ["#/note"]),
        (b'{"note": 1}', ["#/note"]),
        (b'{"note": "a", "reason": "b"}', ["#/reason"]),
        (b'{"note": "a", "a/b~c": 1}', ["#/a~1b~0c"]),
        (b'{"note": "a", "\\ud800": 2}', ["#"]),
        (b'{"note": "\\u0000"}', ["#/note"]),
        (b"[]", ["#"]),
        (b"", ["#"]),
    ],
)
async def test_a_refusal_points_to_every_part_that_is_wrong(
    body: bytes, pointers: list[str]
) -> None:
    answer = await sent(body)
    assert_problem(answer, 422, "invalid_request")
    errors = answer.json()["errors"]
    assert [one["pointer"] for one in errors] == pointers
    assert {one["location"] for one in errors} == {"body"}
    assert all(one["detail"] for one in errors)


async def test_a_refusal_points_to_parameters_by_their_place() -> None:
    async with calling(Service().app()) as api:
        answer = await api.get("/v1/tenants/%00/records?limit=0&state=lost", headers=AUTHORISED)
    assert_problem(answer, 422, "invalid_request")
    assert {(one["location"], one["pointer"]) for one in answer.json()["errors"]} == {
        ("path", "#/tenant"),
        ("query", "#/limit"),
        ("query", "#/state"),
    }


def test_a_pointer_escapes_what_it_is_made_of() -> None:
    assert pointer_to(["lines", 0, "a/b~c"]) == "#/lines/0/a~1b~0c"
    assert pointer_to([]) == "#"
