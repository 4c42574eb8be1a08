"""HTML answers: templates with escaped values, under headers that let nothing else in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.resources import files
from typing import Final

import jinja2
from fastapi.responses import HTMLResponse, RedirectResponse, Response

_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("gateway.http.connect"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
_STYLE: Final = files("gateway.http.connect").joinpath("templates", "style.css").read_text()


@dataclass(frozen=True, slots=True)
class Pages:
    """Makes the pages of one installation.

    Attributes:
        is_secure: Whether browsers come over HTTPS.
        form_targets: Origins to which the answer to a form may lead on: the providers'.
    """

    is_secure: bool
    form_targets: Sequence[str]
    _headers: dict[str, str] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._headers.update(_security_headers(self.form_targets, is_secure=self.is_secure))

    def page(
        self, template: str, /, *, status: HTTPStatus = HTTPStatus.OK, **values: object
    ) -> Response:
        """Return a template, filled with values."""
        content = _TEMPLATES.get_template(template).render(values)
        return HTMLResponse(content, status, self._headers)

    def redirect(self, url: str) -> Response:
        """Send the browser on with a GET."""
        return RedirectResponse(url, HTTPStatus.SEE_OTHER, self._headers)

    def style(self) -> Response:
        """Return the style sheet of every page."""
        headers = {**self._headers, "Cache-Control": "public, max-age=3600"}
        return Response(_STYLE, headers=headers, media_type="text/css")


def _security_headers(form_targets: Sequence[str], *, is_secure: bool) -> dict[str, str]:
    # A browser follows the redirect of a form only to where the policy lets forms go.
    targets = " ".join(["'self'", *form_targets])
    policy = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {targets}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # The address of a session is its secret.
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
