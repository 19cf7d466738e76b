"""The page's own files: sent compressed, and asked for anew each time, so that an upgrade is seen at once.

A page asks for them in a folder that is called by its build. What a page that was left open across an upgrade loads
later is therefore not found, and never a part of another program than its own.
"""

import hashlib
import json
import os
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

_SMALL_BYTES = 500
_BUILD_FILE = "build.json"
_BUILD_LETTERS = 16


def build_of(folder: Path) -> str:
    """What the build in a folder is called; read each time, because an upgrade changes it under a running studio."""
    sources: str = json.loads((folder / _BUILD_FILE).read_text(encoding="utf-8"))["sources"]
    return sources[:_BUILD_LETTERS]


class _PageFiles(StaticFiles):
    def get_path(self, scope: Scope) -> str:
        """The path without the folder of this build; that of another one is not there."""
        path = super().get_path(scope)
        first, _, rest = path.partition(os.sep)
        is_own = rest and self.directory is not None and first == build_of(Path(self.directory))
        return rest if is_own else path

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or that it is still the same: the names of the files stay, so a browser has to ask.

        The same is what has the same content. A file's time does not tell: images and packages unpack with a fixed
        one, and a version that is put back is older than what the browser has.
        """
        etag = f'"{hashlib.sha256(Path(full_path).read_bytes()).hexdigest()[:32]}"'
        headers = {"etag": etag, "cache-control": "no-cache"}
        response = FileResponse(full_path, status_code=status_code, stat_result=stat_result, headers=headers)
        del response.headers["last-modified"]
        asked = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"), "")
        is_known = etag in [one.strip().removeprefix("W/") for one in asked.split(",")]
        return NotModifiedResponse(response.headers) if is_known else response


def mount(path: str, folder: Path) -> Mount:
    """The files of a folder under a path."""
    compressed = [Middleware(GZipMiddleware, minimum_size=_SMALL_BYTES)]
    return Mount(path, _PageFiles(directory=folder), middleware=compressed)
