"""What plugins answer, brought into the form that the engine works with; whatever has another form is a defect of its
plugin and ends the block, not the run.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence

import pluggy

from ziggy_sf_write.contract import (
    BlockResult,
    Config,
    Connection,
    ConnectionReport,
    FormContext,
    HostContext,
    HostError,
    JsonValue,
    Problem,
)

log = logging.getLogger(__name__)


def checked_result(result: JsonValue) -> BlockResult:
    """A block's result with an array for each output: one object alone becomes an array of it.

    Raises:
        HostError: it is no result; the message says what a plugin has to give.
    """
    if not isinstance(result, BlockResult):
        raise _defect(f"a result that is a {_kind(result)}", "a BlockResult")
    if isinstance(result.outputs, str | Mapping) or not isinstance(result.outputs, Iterable):
        raise _defect(f"outputs that are a {_kind(result.outputs)}", "a tuple with an array for each output")
    outputs = tuple(_array(items, index) for index, items in enumerate(result.outputs))
    return BlockResult(outputs=outputs, report=checked_report(result.report), cursor=result.cursor)


def checked_report(report: JsonValue) -> dict[str, JsonValue] | None:
    """A block's report, or None where it has none. Raises `HostError` where the studio could not read it."""
    if report is None:
        return None
    if not isinstance(report, Mapping):
        raise _defect(f"a report that is a {_kind(report)}", "an object")
    if not isinstance(report.get("response", {}), Mapping):
        raise _defect(f"a report whose `response` is a {_kind(report['response'])}", "an object")
    entries = report.get("notWritten", [])
    if not isinstance(entries, Sequence) or not all(_is_entry(one) for one in entries):
        wanted = "an array of objects with `index`, `outcome` and `errors`, each error with `code` and `message`"
        raise _defect("a report whose `notWritten` cannot be read", wanted)
    return dict(report)


def report_of(err: HostError) -> dict[str, JsonValue] | None:
    """The report that a block's fatal error may bring along; one that cannot be read must not hide the error."""
    try:
        return checked_report(getattr(err, "report", None))
    except HostError as defect:
        log.warning("a fatal error's report was dropped: %s", defect)
        return None


def check_block(
    plugins: pluggy.PluginManager, block_type: str, config: Config, context: HostContext
) -> list[Problem] | None:
    """What a block's plugin says of its configuration, or None where no plugin says anything."""
    try:
        found = plugins.hook.ziggy_check(block_type=block_type, config=config, context=context)
        return found if found is None else [_problem(one) for one in found]
    except HostError as err:
        return [Problem(path="", message=str(err))]
    except Exception as err:  # a plugin's defect is this block's problem, not the whole flow's
        log.exception("the check of %s raised", block_type)
        return [Problem(path="", message=f"The check of this block failed with an internal error ({_kind(err)}).")]


def connection_report(plugins: pluggy.PluginManager, connection: Connection, context: HostContext) -> ConnectionReport:
    """What a plugin found when it tried a connection. Raises `HostError` where it could not try."""
    report: ConnectionReport | None = plugins.hook.ziggy_test_connection(
        connection_type=connection.type, config=connection.config, context=context
    )
    if report is None:
        return ConnectionReport(is_ok=False, message=f"No plugin can test connections of type {connection.type}.")
    return report


def offered_choices(
    plugins: pluggy.PluginManager, block_type: str, field: str, config: Config, context: FormContext
) -> list[dict[str, JsonValue]] | None:
    """What a dropdown offers, or None where no plugin offers anything. Raises `HostError` where one cannot say."""
    try:
        found = plugins.hook.ziggy_choices(block_type=block_type, field=field, config=config, context=context)
        return found if found is None else [choice.to_json() for choice in found]
    except HostError:
        raise
    except Exception as err:  # a plugin's defect must not look like one of the studio
        log.exception("the choices of %s raised", block_type)
        raise HostError(f"The choices of `{field}` failed with an internal error ({_kind(err)}).") from err


def _array(items: JsonValue, index: int) -> Sequence[JsonValue]:
    if isinstance(items, Mapping):
        return [items]
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise _defect(f"an output {index} that is a {_kind(items)}", "an array")
    # A generator can be read once, and what is on an edge is read by many.
    return items if isinstance(items, Sequence) else list(items)


def _is_entry(entry: JsonValue) -> bool:
    if not isinstance(entry, Mapping) or not {"index", "outcome", "errors"} <= entry.keys():
        return False
    errors = entry["errors"]
    is_list = isinstance(errors, Sequence) and not isinstance(errors, str)
    return (
        isinstance(entry["index"], int)
        and is_list
        and all(isinstance(one, Mapping) and {"code", "message"} <= one.keys() for one in errors)
    )


def _problem(found: JsonValue) -> Problem:
    if not isinstance(found, Problem):
        raise _defect(f"a problem that is a {_kind(found)}", "a Problem")
    return found


def _defect(given: str, wanted: str) -> HostError:
    return HostError(f"The block's plugin has a defect: it gave {given}, but has to give {wanted}. Update the plugin.")


def _kind(value: JsonValue) -> str:
    return type(value).__name__
