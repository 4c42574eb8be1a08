"""The settings of a run as a file, by which commands in another shell reach what runs here.

The output of a terminal is copied and recorded, so passwords and keys that were made for a run
are handed over by this file and not printed.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from gateway.config.settings import PREFIX

_NAME: Final = "settings.sh"


def write_settings_file(folder: Path, environ: Mapping[str, str]) -> Path:
    """Write our variables into ``folder`` for a shell to read, open to its owner alone."""
    path = folder / _NAME
    path.touch(mode=0o600)
    ours = sorted((name, value) for name, value in environ.items() if name.startswith(PREFIX))
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in ours))
    return path


def without_password(url: str) -> str:
    """Return a database's URL without its password."""
    return make_url(url).render_as_string(hide_password=True)
