"""What the forms of the blocks need: descriptors, choices, and the problems of a flow that is being drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ziggy_sf_write.contract import BlockDescriptor, Connection, DataStore, HostError, JsonValue, Mode
from ziggy_sf_write.schema_check import schema_problems
from ziggy_studio.answers import check_block, offered_choices
from ziggy_studio.engine import Host
from ziggy_studio.flow import flow_problems
from ziggy_studio.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioFormContext:
    """The host's side of the contract for an open form."""

    project: Project
    store: DataStore
    mode: Mode
    edge_keys: Sequence[str] = ()

    def connection_names(self, connection_type: str) -> Sequence[str]:
        """The names of all connections of a type."""
        return self.project.connection_names(connection_type)

    def connection(self, name: str) -> Connection:
        """A connection of the form's mode with its secrets resolved."""
        return self.project.connection(name, self.mode)


def form_context(host: Host, mode: Mode, edge_keys: Sequence[str] = ()) -> StudioFormContext:
    """The context of a form over this host."""
    return StudioFormContext(project=host.project, store=host.store, mode=mode, edge_keys=edge_keys)


def find_choices(
    host: Host, context: StudioFormContext, *, block_type: str, field: str, config: Mapping[str, JsonValue]
) -> list[dict[str, JsonValue]]:
    """What a dropdown offers. Raises `HostError` where its block's plugin cannot say."""
    found = offered_choices(host.plugins, block_type, field, config, context)
    if found is None:
        raise HostError(f"No plugin offers choices for `{field}` of {block_type}.")
    return found


def find_problems(
    host: Host, context: StudioFormContext, document: JsonValue, known: Mapping[str, BlockDescriptor]
) -> dict[str, JsonValue]:
    """The problems of a flow: those of the whole, and those of each block by its id."""
    blocks: dict[str, JsonValue] = {}
    # A block without its form is told of with the flow's own problems.
    drawn = document.get("blocks")
    for block in filter(_is_block, drawn if isinstance(drawn, list) else ()):
        descriptor = known.get(block["type"])
        if descriptor is not None:
            blocks[block["id"]] = _block_problems(host, context, descriptor, block.get("config", {}))
    return {"flow": [problem.to_json() for problem in flow_problems(document, known)], "blocks": blocks}


def _is_block(block: JsonValue) -> bool:
    is_named = isinstance(block, dict) and isinstance(block.get("id"), str) and isinstance(block.get("type"), str)
    return is_named and isinstance(block.get("config", {}), dict)


def _block_problems(
    host: Host, context: StudioFormContext, descriptor: BlockDescriptor, config: Mapping[str, JsonValue]
) -> list[dict[str, str]]:
    """What the block's plugin says, or, where it says nothing, what the block's own schema does."""
    found = check_block(host.plugins, descriptor.type, config, context)
    if found is None:
        found = schema_problems(descriptor.config_schema, dict(config), what=f"the {descriptor.name} block")
    return [problem.to_json() for problem in found]
