"""What `make audit` says of the answers of pip-audit and npm, and what both say to a source on loopback."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from scripts.audit import ROOT, audit_npm, audit_pip, of_npm, of_pip

FLAW = {"id": "PYSEC-2023-1", "fix_versions": ["1.1"], "aliases": [], "description": "Bad."}


def _report(*dependencies: object) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_what_has_no_advisory_is_counted() -> None:
    said = of_pip(_report({"name": "a", "version": "1.0", "vulns": []}), "No known vulnerabilities found")
    assert said == ("ok    constraints.txt: 1 asked about, no known advisory", False)


def test_an_advisory_is_named_with_its_package_and_where_it_is_mended() -> None:
    said = of_pip(_report({"name": "a", "version": "1.0", "vulns": [FLAW, FLAW | {"fix_versions": []}]}), "")
    assert said == (
        "FAIL  constraints.txt: 2 found: a 1.0: PYSEC-2023-1, mended in 1.1; a 1.0: PYSEC-2023-1, not mended yet",
        True,
    )


def test_packages_that_the_source_does_not_know_are_never_counted_as_sound() -> None:
    skipped = {"name": "b", "skip_reason": "Dependency not found"}
    some = of_pip(_report({"name": "a", "version": "1.0", "vulns": []}, skipped), "")
    assert some == ("ok    constraints.txt: 1 asked about, no known advisory; not known there: b", False)
    none = of_pip(_report(skipped, skipped), "No known vulnerabilities found")
    assert none.line.startswith("left out: constraints.txt was not audited")


@pytest.mark.parametrize(
    ("error", "is_red"),
    [
        ("requests.exceptions.ConnectionError: no name", False),
        ("requests.exceptions.ReadTimeout: slow", False),
        ("pip_audit._service.interface.ServiceError", False),
        ("ERROR:pip_audit._cli:requirement a==1 does not contain a hash", True),
        ("ModuleNotFoundError: No module named 'pip_audit'", True),
        ("", True),
    ],
)
def test_only_a_source_that_does_not_answer_is_left_out(error: str, *, is_red: bool) -> None:
    said = of_pip("", f"Traceback (most recent call last):\n{error}\n" if error else "")
    assert said.is_red is is_red
    assert said.line.startswith("FAIL" if is_red else "left out")


def test_an_advisory_of_npm_is_named_once_and_not_by_those_who_need_the_package() -> None:
    advisory = {"severity": "high", "title": "Reads too much", "range": "<2.0.0"}
    report = {"vulnerabilities": {"low": {"via": [advisory]}, "above": {"via": ["low"]}}}
    said = of_npm("ui/package-lock.json", 3, json.dumps(report), "")
    assert said == ("FAIL  ui/package-lock.json: 1 found: low <2.0.0: high, Reads too much", True)
    assert of_npm("p", 3, '{"vulnerabilities": {}}', "") == ("ok    p: 3 asked about, no known advisory", False)


def test_a_registry_without_advisories_is_told_from_a_lock_that_cannot_be_read() -> None:
    refused = json.dumps({"message": "405 Method Not Allowed - POST somewhere", "error": {"summary": ""}})
    said = of_npm("p", 3, refused, "npm error audit endpoint returned an error\n")
    assert said == (
        "left out: p was not audited, because npm's registry gave no advisories: 405 Method Not Allowed",
        False,
    )
    broken = json.dumps({"error": {"code": "ENOLOCK", "summary": "This command requires an existing lockfile."}})
    assert of_npm("p", 3, broken, "npm error code ENOLOCK").is_red


class _Source(BaseHTTPRequestHandler):
    """Answers as OSV does, with an advisory about `idna` 3.6, and as npm's registry does, with one about `json5`."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/advisories/bulk"):
            flaw = {"id": 1, "url": "x", "title": "Reads too much", "severity": "high", "vulnerable_versions": "<9"}
            self._answer({"json5": [flaw]} if "json5" in json.loads(gzip.decompress(body)) else {})
        else:
            affected = {"package": {"name": "idna", "ecosystem": "PyPI"}, "ranges": [], "versions": ["3.6"]}
            flaw = {"id": "PYSEC-2024-60", "schema_version": "1.6.0", "summary": "Slow.", "affected": [affected]}
            self._answer({"vulns": [flaw]} if json.loads(body)["package"]["name"] == "idna" else {})

    def do_GET(self) -> None:
        """npm asks which other versions there are, of the package and of those that need it."""
        name = unquote(self.path[1:])
        self._answer({"name": name, "versions": {"2.2.3": {"name": name, "version": "2.2.3"}}})

    def _answer(self, answer: object) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def source() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Source) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
@pytest.mark.node
def test_npm_itself_finds_what_a_source_knows(source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("npm_config_registry", source)
    monkeypatch.setenv("npm_config_cache", str(tmp_path))
    assert audit_npm("ui") == (
        "FAIL  ui/package-lock.json: 1 found: json5 <9: high, Reads too much",
        True,
    )
    bridges = audit_npm("bridges")
    assert bridges.line.startswith("ok    bridges/package-lock.json: ")
    assert bridges.line.endswith(" asked about, no known advisory")


@pytest.mark.slow
def test_pip_audit_itself_finds_what_a_source_knows(source: str, tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text(f"idna==3.6 --hash=sha256:{'0' * 64}\nattrs==26.1.0 --hash=sha256:{'0' * 64}\n")
    assert audit_pip(pins, source) == (
        "FAIL  constraints.txt: 1 found: idna 3.6: PYSEC-2024-60, not mended yet",
        True,
    )
    pins.write_text(f"attrs==26.1.0 --hash=sha256:{'0' * 64}\n")
    assert audit_pip(pins, source) == ("ok    constraints.txt: 1 asked about, no known advisory", False)


@pytest.mark.slow
def test_pip_audit_itself_says_that_no_source_answers(tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text(f"attrs==26.1.0 --hash=sha256:{'0' * 64}\n")
    # Nobody may listen on port 9.
    assert audit_pip(pins, "http://127.0.0.1:9/").line == (
        "left out: constraints.txt was not audited, because api.osv.dev gave no advisories: ConnectionError"
    )
    pins.write_text("attrs==26.1.0\n")
    assert audit_pip(pins, "http://127.0.0.1:9/").is_red


@pytest.mark.slow
@pytest.mark.node
@pytest.mark.parametrize("require_all", ["", "1"])
def test_without_any_source_each_list_is_named_and_the_end_is_0(require_all: str) -> None:
    nowhere = {"https_proxy": "http://127.0.0.1:9", "npm_config_registry": "http://127.0.0.1:9"}
    said = subprocess.run(
        [sys.executable, "scripts/audit.py"],
        cwd=ROOT,
        env={**os.environ, **nowhere, "no_proxy": "", "REQUIRE_ALL": require_all},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    lines = said.stdout.splitlines()
    assert [line.partition(" was ")[0] for line in lines] == [
        "left out: constraints.txt",
        "left out: ui/package-lock.json",
        "left out: ui/react18/package-lock.json",
        "left out: bridges/package-lock.json",
    ]


@pytest.mark.parametrize(("require_all", "begins"), [("", "left out: "), ("1", "FAIL  ")])
def test_a_missing_npm_is_an_error_only_where_everything_is_required(
    require_all: str, begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("REQUIRE_ALL", require_all)
    said = audit_npm("ui")
    assert said == (f"{begins}ui/package-lock.json was not audited, because there is no npm", begins == "FAIL  ")
