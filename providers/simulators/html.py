"""HTML pages of a simulator, rendered from the `templates/` folder of its package."""

import jinja2
from starlette.responses import HTMLResponse


class HtmlTemplates:
    """The templates of one package; values are escaped."""

    def __init__(self, package: str) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader(package),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, template: str, /, *, status: int = 200, **values: object) -> HTMLResponse:
        """Return a template, filled with ``values``, as an HTML answer."""
        return HTMLResponse(self._environment.get_template(template).render(values), status)
