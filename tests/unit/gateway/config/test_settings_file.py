import subprocess
from pathlib import Path

from gateway.config.settings_file import without_password, write_settings_file

ODD = "a b'c\"$HOME`id`;#\\é"


def test_a_shell_reads_back_what_was_set_and_nobody_else_may(tmp_path: Path) -> None:
    said = {
        "LEDGERLANE_ODD": ODD,
        "LEDGERLANE_URL": "postgresql://u:p@h/x",
        "PATH": "/not/ours",
    }
    path = write_settings_file(tmp_path, said)
    assert path.stat().st_mode & 0o777 == 0o600
    shell = f'. {path}; printf "%s\\n%s\\n%s" "$LEDGERLANE_ODD" "$LEDGERLANE_URL" "$PATH"'
    read = subprocess.run(  # noqa: S603 - our own file
        ["/bin/sh", "-c", shell], capture_output=True, check=True, env={"PATH": "/bin"}
    )
    assert read.stdout.decode().split("\n") == [ODD, "postgresql://u:p@h/x", "/bin"]


def test_a_password_is_not_shown() -> None:
    shown = without_password("postgresql+asyncpg://ledgerlane:canary@127.0.0.1:5432/postgres")
    assert shown == "postgresql+asyncpg://ledgerlane:***@127.0.0.1:5432/postgres"
