"""From a request of the accounting API to its answer: which operation, replay, faults."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Any

from providers.simulators.qbo.books import render
from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.calls.idempotency import QboAnswer
from providers.simulators.qbo.entities.catalogue import BY_PATH
from providers.simulators.qbo.entities.unoffered import unoffered_path
from providers.simulators.qbo.http.batch import answer_batch
from providers.simulators.qbo.http.operations import read_object, send_object, write_object
from providers.simulators.qbo.query.change_data import answer_changes
from providers.simulators.qbo.query.listing import answer_query
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.wire import codec, errors
from providers.simulators.qbo.wire.errors import QboRefused
from providers.simulators.qbo.wire.fault_bodies import service_fault

XML_TYPES = frozenset({"application/xml", "text/xml"})
LONGEST_REQUEST_ID = 50
LONGEST_BATCH_REQUEST_ID = 36


@dataclass(frozen=True, slots=True)
class QboCall:
    """A request below ``/v3/company/{realm}/``.

    Attributes:
        method: HTTP method, in capitals.
        parts: Segments of the path after the realm.
        params: Query parameters by name.
        body: Body, unparsed.
        accept: The types of answers that the client takes, as its header has them.
    """

    method: str
    parts: tuple[str, ...]
    params: Mapping[str, str]
    body: bytes
    accept: str = ""

    @property
    def takes_xml_alone(self) -> bool:
        """Whether an answer in JSON would not be read."""
        types = {one.partition(";")[0].strip().lower() for one in self.accept.split(",")}
        return types <= XML_TYPES

    @property
    def is_batch(self) -> bool:
        """Whether the batch quotas apply."""
        return self.parts == ("batch",)

    @property
    def is_read(self) -> bool:
        """Whether Intuit meters it: everything but writes of single objects."""
        return self.method == "GET" or self.parts in (("query",), ("batch",))


def answer(state: QboState, company: CompanyBooks, call: QboCall) -> QboAnswer:
    """Return the answer to a call that was let in; a refusal is an answer too."""
    try:
        if company.lapsed:
            raise errors.lapsed()
        if call.takes_xml_alone:
            raise errors.not_offered("answers in XML")
        return _with_replay(state, company, call)
    except QboRefused as refused:
        return _refusal(company, refused)
    except (InvalidOperation, RecursionError):
        return _refusal(company, errors.malformed("A number or a nesting is beyond reading"))


def _refusal(company: CompanyBooks, refused: QboRefused) -> QboAnswer:
    body = render.envelope(company, service_fault(refused))
    return QboAnswer(refused.status, codec.dumps(body))


def _with_replay(state: QboState, company: CompanyBooks, call: QboCall) -> QboAnswer:
    """Return the first answer again for a repeated request id, as the switches say."""
    request_id = call.params.get("requestid", "")
    mode = state.switches.idempotency_mode
    _check_request_id(call, request_id)
    # Only POSTs are replayed; a batch as a whole.
    if not request_id or mode == "off" or call.method != "POST":
        return _fresh(state, company, call)
    now = state.clock.now()
    ttl_s = state.switches.idempotency_ttl_s
    known = state.request_ids.find(company.realm, request_id, now=now, ttl_s=ttl_s)
    if known is not None and mode == "replay_fault_6000":
        raise errors.business("The request id was used before.")
    if known is not None:
        return known
    try:
        fresh = _fresh(state, company, call)
    except QboRefused as refused:
        fresh = _refusal(company, refused)
        if not state.switches.replay_faults:
            return fresh
    state.request_ids.keep(company.realm, request_id, fresh, now=now)
    return fresh


def _check_request_id(call: QboCall, request_id: str) -> None:
    longest = LONGEST_BATCH_REQUEST_ID if call.is_batch else LONGEST_REQUEST_ID
    if len(request_id) > longest:
        raise errors.bad_request_id(longest)


def _fresh(state: QboState, company: CompanyBooks, call: QboCall) -> QboAnswer:
    content = _content(state, company, call)
    return QboAnswer(200, codec.dumps(render.envelope(company, content)))


def _content(state: QboState, company: CompanyBooks, call: QboCall) -> dict[str, Any]:
    match call.parts:
        case ("query",):
            return _query(company, call)
        case ("cdc",):
            _demand(call, "GET")
            return answer_changes(
                company, call.params.get("entities", ""), call.params.get("changedSince", "")
            )
        case ("batch",):
            _demand(call, "POST")
            return answer_batch(state, company, codec.loads(call.body))
        case ("companyinfo", _):
            _demand(call, "GET")
            return read_object(company, BY_PATH["companyinfo"], "1")
        case ("preferences",):
            _demand(call, "GET")
            return read_object(company, BY_PATH["preferences"], "1")
        case (name, *rest) if name in BY_PATH:
            return _object(state, company, call, name, tuple(rest))
    raise _unknown(call)


def _unknown(call: QboCall) -> QboRefused:
    unoffered = unoffered_path(call.parts)
    if unoffered is not None:
        return errors.not_offered(unoffered)
    return errors.unknown_path("/".join(call.parts))


def _demand(call: QboCall, method: str) -> None:
    if call.method != method:
        raise errors.wrong_method(call.method, "/".join(call.parts))


def _query(company: CompanyBooks, call: QboCall) -> dict[str, Any]:
    statement = call.params.get("query", "")
    if call.method == "POST" and not statement:
        statement = call.body.decode(errors="replace")
    if not statement.strip():
        # Seen: an empty query is answered with a fault and status 200.
        refused = QboRefused(
            errors.FaultEntry("4001", "Invalid query", "QueryValidationError: no query"),
            fault_type=errors.SYSTEM,
        )
        return service_fault(refused)
    return {"QueryResponse": answer_query(company, statement)}


def _object(
    state: QboState, company: CompanyBooks, call: QboCall, name: str, rest: tuple[str, ...]
) -> dict[str, Any]:
    entity = BY_PATH[name]
    if rest == () and call.method == "POST":
        return write_object(
            state,
            company,
            entity,
            codec.loads(call.body),
            operation=call.params.get("operation"),
            includes=frozenset(call.params.get("include", "").split(",")),
        )
    if len(rest) == 1 and call.method == "GET":
        return read_object(company, entity, rest[0])
    if len(rest) == 2 and rest[1] == "send" and call.method == "POST":
        return send_object(state, company, entity, rest[0], call.params.get("sendTo"))
    if rest and call.method in ("GET", "POST"):
        raise _unknown(call)
    raise errors.wrong_method(call.method, "/".join(call.parts))
