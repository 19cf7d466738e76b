"""A start that is refused: each problem with its block and its setting, so that the page can lead to it."""

from collections.abc import Sequence

from ziggy_sf_write.contract import JsonValue, Problem
from ziggy_studio.flow import Flow
from ziggy_studio.web.errors import ApiError, ErrorCode

_CONFIG = "config"


def not_ready(flow: Flow, problems: Sequence[Problem]) -> ApiError:
    """The refusal to run a flow whose blocks have these problems, of which the paths point into its document."""
    told = [_told(flow, one) for one in problems]
    message = "\n".join(one.message for one in problems)
    return ApiError(ErrorCode.NOT_READY, message, "Complete these settings.", problems=told)


def _told(flow: Flow, problem: Problem) -> dict[str, JsonValue]:
    _, _, index, _, *steps = [*problem.path.split("/"), _CONFIG]
    block = flow.blocks[int(index)].id
    field = "".join(f"/{step}" for step in steps if steps != [_CONFIG]).removesuffix(f"/{_CONFIG}")
    message = problem.message.removeprefix(f"block `{block}`: ")
    return {"block": block, "path": field, "message": message}
