"""The history of runs as the page browses it: the last runs, one of them, and the items of its edges."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.store import History
from ziggy_studio.web.errors import ApiError, ErrorCode
from ziggy_studio.web.render import as_response, page_bounds
from ziggy_studio.web.studio import Studio


def _list(request: Request) -> Response:
    return as_response({"runs": _history(request).runs(request.query_params.get("flow"), **page_bounds(request))})


def _one(request: Request) -> Response:
    run_id = request.path_params["run"]
    found = _history(request).run(run_id)
    if found is None:
        raise ApiError(ErrorCode.NOT_FOUND, f"The history has no run `{run_id}`.", "It may have been forgotten.")
    return as_response(found)


def past_items(request: Request) -> Sequence[JsonValue]:
    """The items of an edge of a run of the past. Raises `ApiError` where they were not kept."""
    items = _history(request).items(request.path_params["run"], request.path_params["edge"])
    if items is None:
        hint = "project.yaml says with `history` which runs' items are kept: none, errors or all."
        raise ApiError(ErrorCode.NOT_FOUND, "The items of this edge were not kept.", hint)
    return items


def _edge(request: Request) -> Response:
    bounds, items = page_bounds(request), past_items(request)
    return as_response({"total": len(items), "items": items[bounds["offset"] : bounds["offset"] + bounds["limit"]]})


ROUTES = [
    Route("/api/history", _list, methods=["GET"]),
    Route("/api/history/{run}", _one, methods=["GET"]),
    Route("/api/history/{run}/edges/{edge:path}", _edge, methods=["GET"]),
]


def _history(request: Request) -> History:
    studio: Studio = request.app.state.studio
    if studio.host.history is None:
        raise ApiError(ErrorCode.NOT_FOUND, "This studio keeps no history of runs.")
    return studio.host.history
