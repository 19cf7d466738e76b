"""Command lines in this process: as fast as a call, and seen by the coverage."""

import io
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from tests.support.planted import assert_no_secret
from ziggy_studio.cli import main


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command has said."""

    returncode: int
    stdout: str
    stderr: str


def run_command(*arguments: object, cwd: Path) -> Answer:
    """Runs `ziggy-sf-write` with these arguments; neither a secret nor a traceback may come out."""
    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["ziggy-sf-write", *map(str, arguments)]
    code: object = 0
    try:
        with chdir(cwd), redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.argv = before
    assert_no_secret(out.getvalue(), err.getvalue())
    assert "Traceback" not in err.getvalue()
    return Answer(returncode=int(str(code or 0)), stdout=out.getvalue(), stderr=err.getvalue())
