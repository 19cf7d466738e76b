"""A PostgreSQL server of the tests' own: a private cluster in a temporary folder, reached by a socket in it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")
# PostgreSQL refuses to run as root; Debian's package brings this user.
_USER = "postgres"


def find_binaries() -> Path | None:
    """The folder with the server's programs, None where there is none."""
    folders = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    if folders:
        return folders[-1].parent
    return Path(on_path).parent if on_path else None


@contextmanager
def running_postgres(binaries: Path) -> Iterator[str]:
    """A server that lives as long as the block; gives the URL of an empty database."""
    user, as_user = _who()
    # Not the test's own folder: the path of a socket may have a hundred characters only.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if user != _current_user():
            shutil.chown(folder, user)
        data, log = folder / "data", folder / "log"
        initdb = [str(binaries / "initdb"), "--pgdata", str(data), "--auth=trust", "--no-sync", "--username=ziggy"]
        subprocess.run([*as_user, *initdb], check=True, capture_output=True, cwd=folder)
        settings = ["listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=50"]
        command = [str(binaries / "pg_ctl"), "--pgdata", str(data), "--log", str(log), "--wait", "start"]
        options = " ".join(f"-c {setting}" for setting in settings)
        subprocess.run([*as_user, *command, "--options", options], check=True, capture_output=True, cwd=folder)
        try:
            yield f"postgresql://ziggy@/postgres?host={folder}"
        finally:
            server = int((data / "postmaster.pid").read_text().splitlines()[0])
            stop = [str(binaries / "pg_ctl"), "--pgdata", str(data), "--wait", "--mode=immediate", "stop"]
            if subprocess.run([*as_user, *stop], check=False, capture_output=True, cwd=folder).returncode:
                os.kill(server, signal.SIGKILL)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _current_user() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _who() -> tuple[str, list[str]]:
    if os.geteuid() != 0:
        return _current_user(), []
    return _USER, ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"]
