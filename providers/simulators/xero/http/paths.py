"""What the path of a request says."""

from typing import Final

API_PREFIX: Final = "/api.xro/2.0/"
