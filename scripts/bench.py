"""Runs benchmarks and writes what they have measured into the table of docs/performance.md.

    python -m scripts.bench              all of them, some forty minutes on a machine that does nothing else
    python -m scripts.bench calls peers  these; the rows of the others stay as they are

A bar that is missed stands in the table as missed. Exits with 1 only where a script breaks off.
"""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- what scripts/bench.py has measured -->\n", "<!-- its end -->\n"
HEAD = "| script | figure | measured | bar | when |\n|---|---|---|---|---|\n"
NO_BENCHMARKS = {"support", "limit_client", "peers_cumulusci"}
_LINE = re.compile(r"(?P<is_met>met   |MISSED) (?P<figure>.+?): (?P<measured>.+) \(bar: (?P<bar>.+)\)")


class Figure(NamedTuple):
    """A row of the table."""

    script: str
    figure: str
    measured: str
    bar: str
    when: str


def figures_of(script: str, output: str, when: str) -> list[Figure]:
    """The figures among the lines that a script has printed; a missed one says so, in bold."""
    found = (match for match in map(_LINE.fullmatch, output.splitlines()) if match)
    return [
        Figure(
            script,
            match["figure"],
            match["measured"] if match["is_met"].strip() == "met" else f"**{match['measured']}: missed**",
            match["bar"],
            when,
        )
        for match in found
    ]


def with_figures(page: str, new: Sequence[Figure]) -> str:
    """The page with these figures in place of the older ones of the same scripts, in the scripts' order."""
    before, _, rest = page.partition(BEGIN)
    table, _, after = rest.partition(END)
    cells = (line.strip("| \n").split(" | ") for line in table.splitlines() if line.startswith("| `"))
    ran = {one.script for one in new}
    kept = [Figure(row[0].strip("`").removesuffix(".py"), *row[1:]) for row in cells]
    rows = sorted([*(one for one in kept if one.script not in ran), *new], key=lambda one: one.script)
    lines = "".join(f"| `{one.script}.py` | {' | '.join(one[1:])} |\n" for one in rows)
    return f"{before}{BEGIN}{HEAD}{lines}{END}{after}"


def main(names: Sequence[str]) -> int:
    """Runs the benchmarks of these names one after the other; all where none is named."""
    known = sorted({path.stem for path in (ROOT / "benchmarks").glob("*.py")} - NO_BENCHMARKS)
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no benchmark {unknown[0]}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    status = 0
    for name in names or known:
        print(f"{name}.py", flush=True)
        output, has_failed = _run(ROOT / "benchmarks" / f"{name}.py")
        status |= has_failed
        when = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}"
        PAGE.write_text(with_figures(PAGE.read_text("utf-8"), figures_of(name, output, when)), "utf-8")
    return status


def _run(script: Path) -> tuple[str, bool]:
    """What a script prints, which is shown as it comes, and whether it broke off."""
    lines = []
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return "".join(lines), process.returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
