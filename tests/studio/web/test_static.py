"""The built editor that is committed: made from the sources beside it, whole, and served as it is."""

import hashlib
import json
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path

import pytest
import requests
import uvicorn
from starlette.applications import Starlette

from tests.studio.web.conftest import Client
from ziggy_studio.web.app import STATIC
from ziggy_studio.web.static_files import build_of, mount

ROOT = Path(__file__).parents[3]
UI = ROOT / "ui"
_FILES = ("index.html", "package-lock.json", "package.json", "vite.config.ts")
_IS_TEST = re.compile(r"(\.test\.tsx?|test-setup\.ts)$")


def _hash_of_sources() -> str:
    """The same as ui/scripts/sources.mjs, so that a stale build is noticed without Node."""
    sources = [one for one in (UI / "src").rglob("*") if one.is_file() and not _IS_TEST.search(one.name)]
    names = [*_FILES, *(one.relative_to(UI).as_posix() for one in sources)]
    found = hashlib.sha256()
    for name in sorted(names):
        found.update(f"{name}\0".encode())
        found.update((UI / name).read_bytes())
    return found.hexdigest()


@pytest.mark.skipif(not UI.is_dir(), reason="left out: the sources of the editor are not in this distribution")
def test_the_build_was_made_from_these_sources() -> None:
    built_from = json.loads((STATIC / "build.json").read_text())["sources"]
    assert built_from == _hash_of_sources(), (
        "The editor's sources changed. Run `make ui` and commit the build with them."
    )


def test_every_asset_that_the_page_names_is_served(client: Client) -> None:
    page = client.call("GET", "/").text
    assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert assets
    for path in assets:
        answer = client.call("GET", path)
        assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")


def test_the_program_is_sent_compressed_and_asked_for_anew_after_an_upgrade(client: Client) -> None:
    answer = client.call("GET", "/static/app.js", Accept_Encoding="gzip")
    assert (answer.headers["content-encoding"], answer.headers["cache-control"]) == ("gzip", "no-cache")
    assert answer.content == (STATIC / "app.js").read_bytes()
    again = client.call("GET", "/static/app.js", If_None_Match=answer.headers["etag"])
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")
    assert again.headers["etag"] == answer.headers["etag"]


def test_a_page_of_another_build_finds_nothing_of_this_one(client: Client) -> None:
    build = build_of(STATIC)
    assert f'"/static/{build}/app.js"' in client.call("GET", "/").text
    assert client.call("GET", f"/static/{build}/RunsDialog.js").content == (STATIC / "RunsDialog.js").read_bytes()
    other = "0" * len(build)
    assert client.call("GET", f"/static/{other}/RunsDialog.js").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("seconds", [0, -86_400, 86_400], ids=["the same time", "an older one", "a newer one"])
def test_another_version_of_a_file_is_sent_whatever_its_time_and_length(tmp_path: Path, seconds: int) -> None:
    program, then = tmp_path / "app.js", 1_700_000_000
    program.write_text("say('old')")
    os.utime(program, (then, then))
    with _serving(tmp_path) as url:
        first = requests.get(f"{url}/static/app.js", timeout=10)
        program.write_text("say('new')")
        os.utime(program, (then + seconds, then + seconds))
        # What a browser sends that has the old one.
        known = {"If-None-Match": first.headers["etag"], "If-Modified-Since": formatdate(then, usegmt=True)}
        assert requests.get(f"{url}/static/app.js", headers=known, timeout=10).text == "say('new')"


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    """A server of these files alone."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=[mount("/static", folder)]), log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def test_the_page_has_no_script_and_no_style_of_its_own() -> None:
    page = (STATIC / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "<style" not in page
    assert " style=" not in page


def test_the_licences_of_what_is_bundled_are_listed() -> None:
    listed = (STATIC / "THIRD_PARTY_LICENSES.txt").read_text()
    package = json.loads((UI / "package.json").read_text()) if UI.is_dir() else {"dependencies": {}}
    for name, version in package["dependencies"].items():
        assert f"{name} {version} (" in listed


@pytest.mark.skipif(not UI.is_dir(), reason="left out: the sources of the editor are not in this distribution")
@pytest.mark.parametrize("folder", [".", "react18"])
def test_a_lock_file_names_no_place_to_download_from(folder: str) -> None:
    lock = json.loads((UI / folder / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
