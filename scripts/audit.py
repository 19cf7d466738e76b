"""Asks for known advisories about what constraints.txt and the package-lock.json files name: `make audit` runs it.

A line for each list; 1 where an advisory was found or a list cannot be read. A source of advisories that does not
answer is named and is no error.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
LOCKS = ("ui", "ui/react18", "bridges")
# OSV has PyPI's advisories. PyPI's own service, pip-audit's default, is asked through the index, and many a mirror
# answers "not found" there, which pip-audit counts as nothing found.
OSV = "https://api.osv.dev/v1/query"
PIP_AUDIT = "-m pip_audit --disable-pip --require-hashes -s osv --timeout 15 -f json --progress-spinner off"
NPM_AUDIT = "audit --package-lock-only --json --fetch-timeout=15000 --fetch-retries=1"
LONGEST_S = 180
# The ends of tracebacks of pip-audit when the source is to blame: what requests raises, and its own.
_NO_SOURCE = ("ConnectionError", "Timeout", "ServiceError", "HTTPError", "SSLError", "ProxyError", "JSONDecodeError")


class Finding(NamedTuple):
    """What a list's line says, and whether it ends the command with 1."""

    line: str
    is_red: bool


def of_pip(stdout: str, stderr: str) -> Finding:
    """Reads what pip-audit said about constraints.txt."""
    report = _json(stdout)
    if report is None:
        last = (stderr.strip().splitlines() or ["nothing was said"])[-1]
        if any(name in last.partition(":")[0] for name in _NO_SOURCE):
            return _not_reached("constraints.txt", "api.osv.dev", last.partition(":")[0].rpartition(".")[2])
        return Finding(f"FAIL  constraints.txt: pip-audit could not read it: {last}", is_red=True)
    asked = report["dependencies"]
    unknown = [one["name"] for one in asked if "skip_reason" in one]
    if len(unknown) == len(asked):
        return _not_reached("constraints.txt", "api.osv.dev", "it knows none of the packages")
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, {_mended(flaw['fix_versions'])}"
        for one in asked
        for flaw in one.get("vulns", ())
    ]
    finding = _found("constraints.txt", len(asked) - len(unknown), found)
    return finding._replace(line=f"{finding.line}; not known there: {', '.join(unknown)}") if unknown else finding


def _mended(versions: list[str]) -> str:
    return f"mended in {' and '.join(versions)}" if versions else "not mended yet"


def of_npm(lock: str, packages: int, stdout: str, stderr: str) -> Finding:
    """Reads what `npm audit` said about a package-lock.json of so many packages."""
    report = _json(stdout) or {}
    if "vulnerabilities" in report:
        advisories = list(_npm_advisories(report["vulnerabilities"]))
        return _found(lock, packages, advisories)
    said = str(report.get("message") or report.get("error", {}).get("summary") or stderr.strip() or "nothing was said")
    why = said.splitlines()[0].rpartition("reason: ")[2].partition(" - ")[0]
    if "audit endpoint returned an error" in stderr:
        return _not_reached(lock, "npm's registry", why)
    return Finding(f"FAIL  {lock}: npm could not read it: {why}", is_red=True)


def _npm_advisories(vulnerabilities: Mapping[str, Any]) -> Iterator[str]:
    """Each advisory once; a package that only needs a package with one is not named."""
    for name, one in sorted(vulnerabilities.items()):
        for via in one["via"]:
            if isinstance(via, dict):
                yield f"{name} {via['range']}: {via['severity']}, {via['title']}"


def _found(what: str, packages: int, advisories: list[str]) -> Finding:
    if advisories:
        return Finding(f"FAIL  {what}: {len(advisories)} found: {'; '.join(advisories)}", is_red=True)
    return Finding(f"ok    {what}: {packages} asked about, no known advisory", is_red=False)


def _not_reached(what: str, source: str, why: str) -> Finding:
    return Finding(f"left out: {what} was not audited, because {source} gave no advisories: {why}", is_red=False)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def audit_pip(pins: Path = ROOT / "constraints.txt", osv: str = OSV) -> Finding:
    """Runs pip-audit."""
    try:
        done = _run(sys.executable, *PIP_AUDIT.split(), "--osv-url", osv, "-r", str(pins), cwd=ROOT)
    except subprocess.TimeoutExpired:
        return _not_reached("constraints.txt", "api.osv.dev", f"no answer in {LONGEST_S} s")
    return of_pip(done.stdout, done.stderr)


def audit_npm(folder: str) -> Finding:
    """Runs `npm audit` in a folder; without npm, names what is left out."""
    lock = f"{folder}/package-lock.json"
    npm = shutil.which("npm")
    if npm is None:
        is_red = os.environ.get("REQUIRE_ALL") == "1"
        return Finding(f"{'FAIL  ' if is_red else 'left out: '}{lock} was not audited, because there is no npm", is_red)
    packages = len(json.loads((ROOT / lock).read_text(encoding="utf-8"))["packages"]) - 1  # the first is the folder
    try:
        done = _run(npm, *NPM_AUDIT.split(), cwd=ROOT / folder)
    except subprocess.TimeoutExpired:
        return _not_reached(lock, "npm's registry", f"no answer in {LONGEST_S} s")
    return of_npm(lock, packages, done.stdout, done.stderr)


def _run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=LONGEST_S)


def _audits() -> Iterator[Finding]:
    yield audit_pip()
    for folder in LOCKS:
        yield audit_npm(folder)


def main() -> int:
    """Tells what each list's audit found."""
    is_red = False
    for finding in _audits():
        print(finding.line, flush=True)
        is_red |= finding.is_red
    return int(is_red)


if __name__ == "__main__":
    sys.exit(main())
