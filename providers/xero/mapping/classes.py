"""The class of a line as Xero's tracking.

The setting ``classes`` has, for each of the platform's classes, one or two tracking options:
``{"category": "Region", "option": "North"}`` or a list of two such, named both by name or both
by id. An empty one leaves the class out.

Source: Xero developer page "Invoices", ``LineItems``, read 2026-09: two categories at most,
written by ``Name`` and ``Option`` or by the ids.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import pydantic

from providers.parts import Body
from providers.xero.mapping.books import XeroBooks, is_guid
from providers.xero.preflight_errors import class_unmapped
from schemas.documents.lines import Line
from schemas.documents.texts import one_line

_Name = Annotated[
    str,
    pydantic.BeforeValidator(lambda name: one_line(name) if isinstance(name, str) else name),
    pydantic.StringConstraints(min_length=1, max_length=100),
]


class _Tracked(pydantic.BaseModel):
    """One option of one tracking category."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    category: _Name
    option: _Name

    @pydantic.model_validator(mode="after")
    def _named_alike(self) -> "_Tracked":
        if is_guid(self.category) != is_guid(self.option):
            msg = "name both by name or both by id"
            raise ValueError(msg)
        return self

    def element(self) -> Body:
        """Return the element that a line carries."""
        if is_guid(self.category):
            return {"TrackingCategoryID": self.category, "TrackingOptionID": self.option}
        return {"Name": self.category, "Option": self.option}


_CHOSEN: Final = pydantic.TypeAdapter(
    Annotated[tuple[_Tracked, ...], pydantic.Field(max_length=2)]
)


def tracking(line: Line, books: XeroBooks) -> Body:
    """Return the tracking of a line; nothing where it has no class or that is left out.

    Raises:
        NeedsPerson: ``class_unmapped``, there is no tracking for the class, or none that Xero
            could take.
    """
    code = line.class_code
    if not code:
        return {}
    mapped = books.mapped_class(code)
    if mapped is None:
        raise class_unmapped(code, line.id, "is not mapped")
    try:
        chosen = _CHOSEN.validate_python(_listed(mapped))
    except pydantic.ValidationError as exc:
        because = "is mapped to something else than one or two tracking options"
        raise class_unmapped(code, line.id, because) from exc
    return {"Tracking": [tracked.element() for tracked in chosen]} if chosen else {}


def _listed(setting: Any) -> Any:
    return [setting] if isinstance(setting, Mapping) else setting
