"""The templates beside this module, rendered."""

import jinja2
from starlette.responses import HTMLResponse

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("providers.simulators.xero"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html_page(template: str, /, *, status: int = 200, **values: object) -> HTMLResponse:
    """Return a template as an HTML answer."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status)
