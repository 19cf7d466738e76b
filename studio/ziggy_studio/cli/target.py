"""What a command writes to: the connection where it is not named, API names where labels were given."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import ExecutionContext, JsonValue
from ziggy_sf_write.errors import AccessError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.pipeline import describe_target
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.salesforce.fatal import fatal_for
from ziggy_sf_write.salesforce.metadata import describe_object, list_objects
from ziggy_sf_write.salesforce.org import ORGS, require_salesforce
from ziggy_sf_write.salesforce.retry import Bounds
from ziggy_sf_write.validation.rules import find_target
from ziggy_studio.cli.text import printable
from ziggy_studio.errors import UsageProblem
from ziggy_studio.host import Host
from ziggy_studio.project import Project

_TYPE = "salesforce"
# A person waits for the answer, and nothing is lost by asking again.
_BOUNDS = Bounds(call_timeout_s=60, max_tries=3)


def connection_name(project: Project, wanted: str | None) -> str:
    """The connection that is wanted, or the only one. Raises `UsageProblem` where there is none, or a choice."""
    if wanted is not None:
        return wanted
    names = project.connection_names(_TYPE)
    if len(names) == 1:
        return names[0]
    if not names:
        raise UsageProblem("There is no Salesforce connection yet. Add one to connections.yaml.")
    raise UsageProblem(f"Name one of the connections with --connection: {', '.join(names)}.")


@contextmanager
def org_client(host: Host, connection: str | None) -> Iterator[OrgClient]:
    """A client for looking at the org; a call that fails for good ends as a sentence."""
    chosen = require_salesforce(host.project.connection(connection_name(host.project, connection), host.mode))
    with fatal_for(None, doing="read", cure="Try again later."):
        yield OrgClient(ORGS.org(chosen), bounds=_BOUNDS, cancelled=host.cancelled)


def start_run(
    config: dict[str, JsonValue], context: ExecutionContext, *, left_out_of: Iterable[str] = ()
) -> RunContext:
    """A run for a command: labels are resolved, and all that can be refused is refused before a row is sent.

    Args:
        config: the block's configuration, in which labels may stand for API names.
        context: the command's.
        left_out_of: columns of which those are left out that no field takes.

    Raises:
        HostError: connection, login, object, match key or a property are wrong, or the org cannot be reached.
    """
    run = RunContext.start(parse_config(config), context)
    with fatal_for(run.config.object, doing="read", cure="Nothing was sent."):
        named = _with_api_names(config, run.client, left_out_of)
        left_out = [column for column, field in named["advanced"]["fieldMapping"].items() if field is None]
        if left_out:
            click.echo(f"Left out: {printable(', '.join(left_out))}", err=True)
        # One client, so that its calls are counted once.
        run = replace(RunContext.start(parse_config(named), context), client=run.client)
        describe_target(run.config, run.client)
    return run


def _with_api_names(
    config: dict[str, JsonValue], client: OrgClient, left_out_of: Iterable[str]
) -> dict[str, JsonValue]:
    describe = find_object(client, config["object"])
    told: dict[str, str | None] = config["advanced"].get("fieldMapping", {})
    mapping = {column: field and field_name(describe, field) for column, field in told.items()}
    mapped = {column.lower() for column in mapping}

    def named(text: str) -> str:
        # A column that is mapped stands for its field; the block knows which.
        return text if text.lower() in mapped else field_name(describe, text)

    key = named(config["matchKey"])
    is_update = not config.get("upsert", True)
    unknown = [
        column
        for column in left_out_of
        if column.lower() not in {*mapped, key.lower()} and not is_taken(describe, column, is_update=is_update)
    ]
    return {
        **config,
        "object": describe.name,
        "matchKey": key,
        "properties": [named(one) for one in config.get("properties", [])],
        "advanced": {**config["advanced"], "fieldMapping": {**mapping, **dict.fromkeys(unknown)}},
    }


def is_taken(describe: ObjectDescribe, column: str, *, is_update: bool) -> bool:
    """Whether a column of this name can be written."""
    target = find_target(describe, column)
    if target is None:
        return False
    return target.is_relationship or target.info.can_update or (target.info.can_create and not is_update)


def find_object(client: OrgClient, wanted: str) -> ObjectDescribe:
    """The object of this API name or label.

    Raises:
        AccessError: there is none.
        UsageProblem: several have the label.
    """
    try:
        return describe_object(client, wanted)
    except AccessError:
        named = _of_label(wanted, ((one.label, one.name) for one in list_objects(client)))
        if named is None:
            raise
        return describe_object(client, named)


def field_name(describe: ObjectDescribe, wanted: str) -> str:
    """The API name of a field that may be given by its label; what is neither is left to the check of the block."""
    if "." in wanted or describe.find_field(wanted) or describe.find_relationship(wanted):
        return wanted
    return _of_label(wanted, ((one.label, one.name) for one in describe.fields)) or wanted


def _of_label(wanted: str, labels: Iterable[tuple[str, str]]) -> str | None:
    """The one API name of a label. Raises `UsageProblem` where there are more."""
    names = [name for label, name in labels if label.casefold() == wanted.casefold()]
    if len(names) > 1:
        raise UsageProblem(f"The label `{wanted}` is that of {' and '.join(names)}. Use the API name.")
    return names[0] if names else None
