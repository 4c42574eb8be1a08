"""What routes about a provider refuse first: one unknown, not set up, without a company."""

from http import HTTPStatus
from typing import Final

from gateway.http.answers import PROBLEM_CONTENT
from gateway.http.dependencies import ApiDependencies
from gateway.http.document import Responses, refusals
from gateway.http.problem_codes import PROVIDER_NOT_CONFIGURED, UNKNOWN_PROVIDER
from gateway.http.problems import Problem, problem_of
from schemas.ids import ProviderName
from schemas.reasons import CONNECTION_REQUIRED, NO_COMPANY_CONNECTED

NOT_CONNECTED: Final[Responses] = {
    HTTPStatus.CONFLICT: {
        "description": f"`{CONNECTION_REQUIRED.code}`: {NO_COMPANY_CONNECTED.cause}",
        "content": PROBLEM_CONTENT,
    },
}
OF_A_PROVIDER: Final[Responses] = {
    **refusals(UNKNOWN_PROVIDER, PROVIDER_NOT_CONFIGURED),
    **NOT_CONNECTED,
}


def check_configured(given: ApiDependencies, provider: ProviderName) -> None:
    """Refuse a provider at which no work is possible, before any connection is read.

    Raises:
        Problem: it is unknown, or we are not registered there.
    """
    if provider not in given.configured:
        known = ", ".join(given.configured)
        raise UNKNOWN_PROVIDER.problem(provider=provider, known=known)
    if not given.configured[provider]:
        raise PROVIDER_NOT_CONFIGURED.problem(provider=provider)


def not_connected() -> Problem:
    """Return the refusal of work for a tenant without a usable connection."""
    return problem_of(NO_COMPANY_CONNECTED.reason(), HTTPStatus.CONFLICT)
