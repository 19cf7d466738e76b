"""The page's own files: sent compressed, and asked for anew each time, so that an upgrade is seen at once."""

import hashlib
import os
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

_SMALL_BYTES = 500


class _PageFiles(StaticFiles):
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
