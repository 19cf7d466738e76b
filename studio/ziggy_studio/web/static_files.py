"""The page's own files: sent compressed, and asked for anew each time, so that an upgrade is seen at once."""

from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_SMALL_BYTES = 500


class _PageFiles(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or that it is still the same: the names of the files stay, so a browser has to ask."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


def mount(path: str, folder: Path) -> Mount:
    """The files of a folder under a path."""
    compressed = [Middleware(GZipMiddleware, minimum_size=_SMALL_BYTES)]
    return Mount(path, _PageFiles(directory=folder), middleware=compressed)
