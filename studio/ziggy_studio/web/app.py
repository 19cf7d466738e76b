"""The routes: parse, call a plain function, render JSON."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ziggy_sf_write.contract import JsonValue, Mode
from ziggy_studio.engine import check_flow
from ziggy_studio.errors import FlowError
from ziggy_studio.flow import Flow, parse_flow
from ziggy_studio.outcome import RunKind
from ziggy_studio.rows import ReadOptions
from ziggy_studio.web import connections, launch, past_runs, records, rejected, static_files
from ziggy_studio.web import runs as run_pages
from ziggy_studio.web.body import object_of, read_bytes, read_object, text_of
from ziggy_studio.web.downloads import as_file
from ziggy_studio.web.edge_keys import edge_keys
from ziggy_studio.web.errors import HANDLERS, ApiError, ErrorCode
from ziggy_studio.web.forms import find_choices, find_problems, form_context
from ziggy_studio.web.guard import Guard, nonce_of
from ziggy_studio.web.refusals import not_ready
from ziggy_studio.web.render import as_response, page_bounds, whole_number
from ziggy_studio.web.replay import Replay, full_store, prepare_replay, prepare_resend
from ziggy_studio.web.row_file import as_test_data
from ziggy_studio.web.runs import Extras, Run
from ziggy_studio.web.streams import event_stream
from ziggy_studio.web.studio import Studio

STATIC = Path(__file__).parents[1] / "static"


def make_app(studio: Studio) -> Starlette:
    """The editor's server over a studio."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        studio.close()

    app = Starlette(routes=_routes(), middleware=[Middleware(Guard)], exception_handlers=HANDLERS, lifespan=lifespan)
    app.state.studio = studio
    return app


def _routes() -> list[BaseRoute]:
    get, put, post, delete = ["GET"], ["PUT"], ["POST"], ["DELETE"]
    return [
        Route("/", _page, methods=get),
        Route("/api/about", _about, methods=get),
        Route("/api/flows", _flows, methods=get),
        Route("/api/flows/{name}", _open_flow, methods=get),
        Route("/api/flows/{name}", _save_flow, methods=put),
        Route("/api/flows/{name}", _delete_flow, methods=delete),
        Route("/api/flows/{name}/rename", _rename_flow, methods=post),
        Route("/api/flows/{name}/edges/{edge:path}/keys", _edge_keys, methods=get),
        Route("/api/choices", _choices, methods=post),
        Route("/api/check", _check, methods=post),
        Route("/api/rows", _rows, methods=post),
        Route("/api/runs", _runs_under_way, methods=get),
        Route("/api/runs", _start_run, methods=post),
        Route("/api/runs/{run}", _run, methods=get),
        Route("/api/runs/{run}/stop", _stop_run, methods=post),
        Route("/api/runs/{run}/events", _events, methods=get),
        # A name that a person has given, to an edge as to a namespace, may have a slash in it: `path` takes those.
        Route("/api/runs/{run}/edges/{edge:path}/rejected/download", _rejected_download, methods=get),
        Route("/api/runs/{run}/edges/{edge:path}/rejected", _edge_rejected, methods=get),
        Route("/api/runs/{run}/edges/{edge:path}/download", _download, methods=get),
        Route("/api/runs/{run}/edges/{edge:path}", _edge, methods=get),
        Route("/api/runs/{run}/blocks/{block:path}/rejected", _block_rejected, methods=get),
        Route("/api/connections", _connections, methods=get),
        Route("/api/connections/{name}", _save_connection, methods=put),
        Route("/api/connections/{name}", _delete_connection, methods=delete),
        Route("/api/connections/{name}/test", _test_connection, methods=post),
        Route("/api/secrets", _secrets, methods=get),
        Route("/api/secrets/{name}", _set_secret, methods=put),
        Route("/api/namespaces", _namespaces, methods=get),
        Route("/api/namespaces/{name:path}", _records, methods=get),
        Route("/api/namespaces/{name:path}", _delete_records, methods=delete),
        Route("/api/namespaces/{name:path}/replay", _replay, methods=post),
        Route("/api/resend", _resend, methods=post),
        *launch.ROUTES,
        *past_runs.ROUTES,
        static_files.mount("/static", STATIC),
    ]


def _studio(request: Request) -> Studio:
    studio: Studio = request.app.state.studio
    return studio


def _mode(studio: Studio, given: JsonValue) -> Mode:
    if given is None:
        return studio.host.mode
    if not isinstance(given, str) or given not in set(Mode):
        raise ApiError(ErrorCode.BAD_REQUEST, f"`{given}` is no mode.", "Use DEV or PROD.")
    return Mode(given)


def _page(request: Request) -> Response:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    own = page.replace('"./', f'"/static/{static_files.build_of(STATIC)}/')
    return HTMLResponse(own.replace("__NONCE__", nonce_of(request.scope)), headers={"cache-control": "no-store"})


def _about(request: Request) -> Response:
    return as_response(_studio(request).about())


def _flows(request: Request) -> Response:
    return as_response({"flows": _studio(request).flows.list()})


def _open_flow(request: Request) -> Response:
    return as_response(_studio(request).flows.open(request.path_params["name"]).to_json())


async def _save_flow(request: Request) -> Response:
    body = await read_object(request)
    saved = _studio(request).flows.save(
        request.path_params["name"],
        body.get("document"),
        version=body.get("version"),
        is_forced=body.get("force") is True,
    )
    return JSONResponse({"name": saved.name, "version": saved.version})


async def _rename_flow(request: Request) -> Response:
    body = await read_object(request)
    renamed = _studio(request).flows.rename(
        request.path_params["name"], text_of(body, "name"), version=text_of(body, "version")
    )
    return JSONResponse({"name": renamed.name, "version": renamed.version})


def _delete_flow(request: Request) -> Response:
    _studio(request).flows.delete(request.path_params["name"])
    return JSONResponse({})


async def _choices(request: Request) -> Response:
    studio, body = _studio(request), await read_object(request)
    flow, edge, mode = text_of(body, "flow"), text_of(body, "edge"), _mode(studio, body.get("mode"))
    block_type, field, config = text_of(body, "blockType"), text_of(body, "field"), object_of(body, "config")
    found_keys = await run_in_threadpool(lambda: edge_keys(studio, flow, edge)) if flow else []
    keys = [one["key"] for one in found_keys]
    context = form_context(studio.host, mode, keys)
    found = await run_in_threadpool(
        lambda: find_choices(studio.host, context, block_type=block_type, field=field, config=config)
    )
    return as_response({"choices": found, "edgeKeys": keys})


def _edge_keys(request: Request) -> Response:
    flow, edge = request.path_params["name"], request.path_params["edge"]
    return as_response({"keys": edge_keys(_studio(request), flow, edge)})


async def _check(request: Request) -> Response:
    studio, body = _studio(request), await read_object(request)
    context = form_context(studio.host, _mode(studio, body.get("mode")))
    document = object_of(body, "document")
    return as_response(await run_in_threadpool(lambda: find_problems(studio.host, context, document, studio.known)))


async def _rows(request: Request) -> Response:
    """Reads a file, the body, and gives its rows as test data."""
    asked = request.query_params
    options = ReadOptions(**{name: asked.get(name) for name in ("delimiter", "encoding", "sheet")})
    name, most, data = asked.get("name", ""), _studio(request).host.project.largest_body, await read_bytes(request)
    return as_response(await run_in_threadpool(lambda: as_test_data(name, data, options, most=most)))


async def _start_run(request: Request) -> Response:
    studio, body = _studio(request), await read_object(request)
    until, file_name = text_of(body, "until") or None, text_of(body, "flow")
    host = studio.host_in(_mode(studio, body.get("mode")))
    flow = _flow(studio, body)
    if until is not None and until not in {block.id for block in flow.blocks}:
        raise ApiError(ErrorCode.BAD_REQUEST, f"This flow has no block `{until}`.", "Reload the page.")
    if until is None:
        problems = await run_in_threadpool(lambda: check_flow(flow, host))
        if problems:
            raise not_ready(flow, problems)
    kind = RunKind.PREVIEW if body.get("preview") is True else RunKind.PARTIAL if until else RunKind.RUN
    extras = Extras(kind=kind, is_alone=body.get("again") is not True)
    return await _begin(request, lambda: studio.runs.start(flow, host, file_name=file_name, until=until, extras=extras))


async def _begin(request: Request, start: Callable[[], Run]) -> Response:
    """Starts a run, unless whoever asked for it has left while its blocks were checked."""
    if await request.is_disconnected():
        raise ApiError(ErrorCode.NOT_READY, "Nobody waits for this run any more, so it was not started.")
    return JSONResponse({"id": start().id})


def _runs_under_way(request: Request) -> Response:
    """The runs of a flow's file that are under way, whoever started them."""
    under_way = _studio(request).runs.under_way(request.query_params.get("flow", ""))
    return as_response({"runs": [run.to_json() for run in under_way]})


def _stop_run(request: Request) -> Response:
    _studio(request).runs.get(request.path_params["run"]).cancelled.set()
    return JSONResponse({})


def _events(request: Request) -> Response:
    studio = _studio(request)
    run = studio.runs.get(request.path_params["run"])
    last = request.headers.get("last-event-id", "0")
    stream = event_stream(studio, run, whole_number(last) or 0)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"cache-control": "no-store"})


def _run(request: Request) -> Response:
    run = _studio(request).runs.get(request.path_params["run"])
    return as_response(run.to_json())


def _items(request: Request) -> Sequence[JsonValue]:
    """The items of an edge, of a run that the studio has at hand or of one that its history kept."""
    run = _studio(request).runs.find(request.path_params["run"])
    if run is None:
        return past_runs.past_items(request)
    return run_pages.edge_items(run, request.path_params["edge"])


def _edge(request: Request) -> Response:
    search = request.query_params.get("search", "")
    return as_response(run_pages.item_page(_items(request), search=search, **page_bounds(request)))


def _edge_rejected(request: Request) -> Response:
    run = _studio(request).runs.find(request.path_params["run"])
    block = None if run is None else rejected.rejecting_block(run, request.path_params["edge"])
    if run is None or block is None:
        return as_response({"block": None, "total": 0, "rows": []})
    search, bounds = request.query_params.get("search", ""), page_bounds(request)
    page = rejected.rejected_page(run, block, search=search, offset=bounds["offset"], limit=bounds["limit"])
    return as_response({"block": block, **page})


def _block_rejected(request: Request) -> Response:
    run, block = _studio(request).runs.get(request.path_params["run"]), request.path_params["block"]
    code, bounds = request.query_params.get("code", ""), page_bounds(request)
    page = rejected.rejected_page(run, block, code=code, offset=bounds["offset"], limit=bounds["limit"])
    return as_response({"block": block, **page})


def _download(request: Request) -> Response:
    return as_file(request, _items(request), name=request.path_params["edge"])


def _rejected_download(request: Request) -> Response:
    run, edge = _studio(request).runs.get(request.path_params["run"]), request.path_params["edge"]
    block = rejected.rejecting_block(run, edge)
    rows = [] if block is None else list(rejected.rejected_table(run, block))
    return as_file(request, rows, name=f"{edge}-rejected")


def _connections(request: Request) -> Response:
    return as_response(connections.list_connections(_studio(request)))


async def _save_connection(request: Request) -> Response:
    studio, body, name = _studio(request), await read_object(request), request.path_params["name"]
    problems = await run_in_threadpool(lambda: connections.save_connection(studio, name, body))
    return JSONResponse({"problems": problems})


def _delete_connection(request: Request) -> Response:
    connections.delete_connection(_studio(request), request.path_params["name"])
    return JSONResponse({})


async def _test_connection(request: Request) -> Response:
    studio, body, name = _studio(request), await read_object(request), request.path_params["name"]
    mode = _mode(studio, body.get("mode"))
    if "type" in body:
        return as_response((await run_in_threadpool(lambda: connections.try_form(studio, name, body))).to_json())
    return as_response((await run_in_threadpool(lambda: connections.try_connection(studio, name, mode))).to_json())


def _secrets(request: Request) -> Response:
    return as_response({"secrets": connections.list_secrets(_studio(request))})


async def _set_secret(request: Request) -> Response:
    studio, body, name = _studio(request), await read_object(request), request.path_params["name"]
    await run_in_threadpool(lambda: connections.set_secret(studio, name, body))
    return JSONResponse({})


def _namespaces(request: Request) -> Response:
    return as_response({"namespaces": records.list_namespaces(full_store(_studio(request).host))})


def _records(request: Request) -> Response:
    store, name = full_store(_studio(request).host), request.path_params["name"]
    search = request.query_params.get("search", "")
    return as_response(records.record_page(store, name, search=search, **page_bounds(request)))


def _delete_records(request: Request) -> Response:
    """One record where a key is given, else the whole namespace."""
    store, name = full_store(_studio(request).host), request.path_params["name"]
    key = request.query_params.get("key")
    return JSONResponse({"deleted": store.delete_namespace(name) if key is None else int(store.delete_key(name, key))})


async def _replay(request: Request) -> Response:
    """Sends the failed items of a namespace through their block; with `items`, by key, only those and as given."""
    studio, body = _studio(request), await read_object(request)
    replay = Replay(
        namespace=request.path_params["name"],
        flow=_flow(studio, body),
        block_id=text_of(body, "block"),
        file_name=text_of(body, "flow"),
        is_alone=body.get("again") is not True,
        edited=object_of(body, "items"),
    )
    host = studio.host_in(_mode(studio, body.get("mode")))
    flow, extras = await run_in_threadpool(lambda: prepare_replay(host, full_store(host), replay))
    return await _begin(request, lambda: studio.runs.start(flow, host, file_name=replay.file_name, extras=extras))


async def _resend(request: Request) -> Response:
    """Sends items, as someone has mended them, through a block."""
    studio, body = _studio(request), await read_object(request)
    items, flow = body.get("items"), _flow(studio, body)
    if not isinstance(items, list) or not items:
        raise ApiError(ErrorCode.BAD_REQUEST, "There are no items to send.", "Reload the page.")
    host = studio.host_in(_mode(studio, body.get("mode")))
    alone = await run_in_threadpool(lambda: prepare_resend(host, flow, text_of(body, "block")))
    extras = Extras(kind=RunKind.REPLAY, launch_data=items, is_alone=body.get("again") is not True)
    return await _begin(request, lambda: studio.runs.start(alone, host, file_name=text_of(body, "flow"), extras=extras))


def _flow(studio: Studio, body: Mapping[str, JsonValue]) -> Flow:
    try:
        return parse_flow(body.get("document"), studio.known, where=text_of(body, "flow"))
    except FlowError as err:
        message = "\n".join(problem.message for problem in err.problems)
        raise ApiError(ErrorCode.NOT_READY, message, "The flow cannot run like this.") from err
