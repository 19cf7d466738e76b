"""The history of runs as the page browses it: the last runs, one of them, and the items of its edges."""

import uuid
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import ConfigError, WriteBlockError
from ziggy_sf_write.run.previous_values import find_namespaces, kept_runs
from ziggy_sf_write.run.undo import UndoOptions, undo_run
from ziggy_studio.engine import Host
from ziggy_studio.store import History
from ziggy_studio.web.body import read_object
from ziggy_studio.web.errors import ApiError, ErrorCode
from ziggy_studio.web.render import as_response, page_bounds
from ziggy_studio.web.runs import not_kept
from ziggy_studio.web.studio import Studio


def _list(request: Request) -> Response:
    runs = _history(request).runs(request.query_params.get("flow"), **page_bounds(request))
    kept = {one.run_id for one in kept_runs(_studio(request).host.store)}
    return as_response({"runs": [{**run, "undoable": run["id"] in kept} for run in runs]})


def _one(request: Request) -> Response:
    run_id = request.path_params["run"]
    found = _history(request).run(run_id)
    if found is None:
        raise ApiError(ErrorCode.NOT_FOUND, f"The history has no run `{run_id}`.", "It may have been forgotten.")
    return as_response({**found, "undoable": bool(find_namespaces(_studio(request).host.store, run_id))})


def past_items(request: Request) -> Sequence[JsonValue]:
    """The items of an edge of a run of the past. Raises `ApiError` where they were not kept."""
    items = _history(request).items(request.path_params["run"], request.path_params["edge"])
    if items is None:
        raise not_kept()
    return items


def _edge(request: Request) -> Response:
    bounds, items = page_bounds(request), past_items(request)
    return as_response({"total": len(items), "items": items[bounds["offset"] : bounds["offset"] + bounds["limit"]]})


async def _undo(request: Request) -> Response:
    """Takes a run back, or only shows what that would do. The report of the undo, and what has ended it early."""
    body, run_id = await read_object(request), request.path_params["run"]
    force = body.get("force", [])
    if not isinstance(force, list) or not all(isinstance(name, str) for name in force):
        raise ApiError(ErrorCode.BAD_REQUEST, "`force` of the request's body has to be a list of field names.")
    options = UndoOptions(
        dry_run=body.get("dryRun") is True,
        deletes_created=body.get("deleteCreated") is True,
        force=frozenset(force),
    )
    return as_response(await run_in_threadpool(_undone, _studio(request).host, run_id, options))


def _undone(host: Host, run_id: str, options: UndoOptions) -> dict[str, JsonValue]:
    context = host.context_named("undo", block_id="undo", execution_id=uuid.uuid4().hex)
    try:
        return {"report": undo_run(run_id, context, options), "error": None}
    except ConfigError as err:
        raise ApiError(ErrorCode.NOT_FOUND, str(err), "Only runs that keep previous values can be undone.") from err
    except WriteBlockError as err:
        if err.report is None:
            raise
        return {"report": dict(err.report), "error": str(err)}


ROUTES = [
    Route("/api/runs/{run}/undo", _undo, methods=["POST"]),
    Route("/api/history", _list, methods=["GET"]),
    Route("/api/history/{run}", _one, methods=["GET"]),
    Route("/api/history/{run}/edges/{edge:path}", _edge, methods=["GET"]),
]


def _studio(request: Request) -> Studio:
    studio: Studio = request.app.state.studio
    return studio


def _history(request: Request) -> History:
    history = _studio(request).host.history
    if history is None:
        raise ApiError(ErrorCode.NOT_FOUND, "This studio keeps no history of runs.")
    return history
