"""Flows launched over HTTP, as the platform does it: a POST with the execution key starts one and waits for its end.

    POST /launch/FLOW?mode=prod&executionId=ID&wait=SECONDS     the body becomes the Receiver's data
    GET  /launch/executions/ID                                  how it stands, also after the studio was started anew

Both want the header `Authorization: Bearer KEY` and answer with
`{"executionId", "status", "ms", "error", "response", "blocks"}`; status 202 while the flow still runs.
"""

import asyncio
import hmac
import logging
import uuid
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ziggy_sf_write.contract import JsonValue, Mode
from ziggy_studio.flow import parse_flow
from ziggy_studio.outcome import FlowRun, told_blocks
from ziggy_studio.web.body import parse_json, read_bytes
from ziggy_studio.web.errors import ApiError, ErrorCode
from ziggy_studio.web.render import as_response
from ziggy_studio.web.runs import Extras, Run
from ziggy_studio.web.studio import Studio

log = logging.getLogger(__name__)

_LONGEST_WAIT_S = 600.0
_DEFAULT_WAIT_S = 60.0
_RUNNING = "running"


async def _launch(request: Request) -> Response:
    studio: Studio = request.app.state.studio
    await _require_key(studio, request)
    wait_s, mode = _wait_s(request), _mode(studio, request)
    given_id = request.query_params.get("executionId")
    name = request.path_params["flow"]
    flow = parse_flow(studio.flows.open(name).document, studio.known, where=name)
    ended = _ended_before(studio, given_id, flow=flow.name) if given_id else None
    if ended is not None:
        return _answer(ended)
    extras = Extras(run_id=given_id or uuid.uuid4().hex, is_launched=True, launch_data=await _launch_data(request))
    run = studio.runs.start(flow, studio.host_in(mode), file_name=name, extras=extras)
    _require_same_flow(run.id, ran=run.flow.name, asked=flow.name)
    await _wait_for_end(studio, run, wait_s)
    return _answer(_state(run))


async def _execution(request: Request) -> Response:
    studio: Studio = request.app.state.studio
    await _require_key(studio, request)
    execution_id = request.path_params["execution"]
    run = studio.runs.find(execution_id)
    state = _state(run) if run is not None else _ended_before(studio, execution_id)
    if state is None:
        raise ApiError(ErrorCode.NOT_FOUND, f"There is no execution `{execution_id}`.", "It may be too long ago.")
    return _answer(state)


ROUTES = [
    Route("/launch/executions/{execution}", _execution, methods=["GET"]),
    Route("/launch/{flow}", _launch, methods=["POST"]),
]


async def _require_key(studio: Studio, request: Request) -> None:
    key = studio.host.project.execution_key()
    if key is None:
        hint = "Set executionKey in project.yaml to the name of a secret, such as secrets.executionKey."
        raise ApiError(ErrorCode.NOT_ALLOWED, "Flows of this project cannot be launched over HTTP.", hint)
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(shown.strip().encode(), key.encode()):
        caller = request.client.host if request.client else "an unknown caller"
        log.warning("a launch by %s was refused: the execution key is missing or wrong", caller)
        await studio.wrong_keys.slow_down()
        hint = "Send the header Authorization: Bearer KEY with the project's execution key."
        raise ApiError(ErrorCode.NOT_ALLOWED, "The execution key is missing or wrong.", hint)


def _mode(studio: Studio, request: Request) -> Mode:
    given = request.query_params.get("mode")
    if given is None:
        return studio.host.mode
    if given.upper() not in set(Mode):
        raise ApiError(ErrorCode.BAD_REQUEST, f"`{given}` is no mode.", "Use mode=dev or mode=prod.")
    return Mode(given.upper())


def _wait_s(request: Request) -> float:
    given = request.query_params.get("wait")
    if given is None:
        return _DEFAULT_WAIT_S
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_WAIT_S:
        hint = f"Give seconds from 0 to {_LONGEST_WAIT_S:g}; ask for the execution afterwards."
        raise ApiError(ErrorCode.BAD_REQUEST, f"`{given}` is no time to wait.", hint)
    return seconds


async def _launch_data(request: Request) -> list[JsonValue] | None:
    """The body as an array; None, which leaves the Receiver its test data, where there is no body."""
    body = await read_bytes(request)
    if not body:
        return None
    data = parse_json(body)
    return data if isinstance(data, list) else [data]


def _require_same_flow(execution_id: str, *, ran: str, asked: str) -> None:
    if ran != asked:
        message = f"The execution `{execution_id}` is one of the flow {ran}."
        raise ApiError(ErrorCode.BAD_REQUEST, message, "Use an execution id once only.")


async def _wait_for_end(studio: Studio, run: Run, wait_s: float) -> None:
    changed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wake() -> None:
        loop.call_soon_threadsafe(changed.set)

    def wake_at_end() -> None:
        # The last event is told after the end is known. To wake for each would take the run's thread its time.
        if run.finished is not None:
            wake()

    leave, leave_studio = run.watch(wake_at_end), studio.on_close(wake)
    try:
        async with asyncio.timeout(wait_s):
            while run.finished is None and not studio.closing.is_set():
                await changed.wait()
                changed.clear()
    except TimeoutError:
        pass  # the caller asks for the execution later
    finally:
        leave()
        leave_studio()


def _state(run: Run) -> dict[str, JsonValue]:
    ended: FlowRun | None = run.finished
    return {
        "executionId": run.id,
        "status": ended.status.value if ended else _RUNNING,
        "ms": ended.ms if ended else None,
        "error": ended.error if ended else None,
        "response": ended.response if ended else None,
        "blocks": told_blocks(ended.blocks_as_json()) if ended else [],
    }


def _ended_before(studio: Studio, execution_id: str, *, flow: str | None = None) -> dict[str, JsonValue] | None:
    """An execution that the history knows the end of. One that was killed is not among them: it is run again.

    Raises:
        ApiError: it was one of another flow than the one that is asked for.
    """
    history = studio.host.history
    kept: Mapping[str, JsonValue] | None = history.run(execution_id) if history is not None else None
    if kept is None or kept["status"] == _RUNNING:
        return None
    _require_same_flow(execution_id, ran=kept["flow"], asked=flow or kept["flow"])
    told = {name: kept[name] for name in ("status", "ms", "error", "response")}
    return {"executionId": execution_id, **told, "blocks": told_blocks(kept["blocks"] or ())}


def _answer(state: Mapping[str, JsonValue]) -> Response:
    return as_response(dict(state), status=202 if state["status"] == _RUNNING else 200)
