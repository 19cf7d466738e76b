"""What a command writes to: the connection where it is not named, API names where labels were given."""

from collections.abc import Iterable
from dataclasses import replace

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import ExecutionContext, JsonValue
from ziggy_sf_write.errors import AccessError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.pipeline import describe_target
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.salesforce.fatal import fatal_for
from ziggy_sf_write.salesforce.metadata import describe_object, list_objects
from ziggy_studio.errors import UsageProblem
from ziggy_studio.project import Project

_TYPE = "salesforce"


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


def start_run(config: dict[str, JsonValue], context: ExecutionContext) -> RunContext:
    """A run for a command: labels are resolved, and all that can be refused is refused before a row is sent.

    Raises:
        HostError: connection, login, object, match key or a property are wrong, or the org cannot be reached.
    """
    run = RunContext.start(parse_config(config), context)
    with fatal_for(run.config.object, doing="read", cure="Nothing was sent."):
        named = _with_api_names(config, run.client)
        # One client, so that its calls are counted once.
        run = replace(RunContext.start(parse_config(named), context), client=run.client)
        describe_target(run.config, run.client)
    return run


def _with_api_names(config: dict[str, JsonValue], client: OrgClient) -> dict[str, JsonValue]:
    describe = find_object(client, config["object"])
    names = [field_name(describe, one) for one in config.get("properties", [])]
    return {
        **config,
        "object": describe.name,
        "matchKey": field_name(describe, config["matchKey"]),
        "properties": names,
    }


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
