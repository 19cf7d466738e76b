"""Mapper: makes items with other keys out of those that arrive."""

from collections.abc import Iterator, Mapping, Sequence

from ziggy_sf_write.contract import (
    BlockDescriptor,
    BlockResult,
    Config,
    Edge,
    ExecutionContext,
    HostError,
    JsonValue,
    Problem,
)
from ziggy_sf_write.near_miss import near_miss

DESCRIPTOR = BlockDescriptor(
    type="MAPPER_V1",
    name="Mapper",
    version="1.0.0",
    group="Utility",
    info="Renames and chooses keys",
    help=(
        "Makes new items: each line of **Keys** names a key of the new item and the key of the old one that it takes "
        "its value from. A dot makes an object: `Account.Ext__c: AccountNumber` becomes "
        '`{"Account": {"Ext__c": …}}`. A key that an item lacks stays away; '
        "no key can be a value and an object at once.\n\n"
        "**Once per** drops items whose values under these new keys came before. These keys may have dots, too, "
        "and must be keys that this Mapper makes."
    ),
    icon="mapper",
    width=300,
    input_labels=("Items",),
    output_labels=("Items",),
    default_config={"keys": {}},
    config_schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["keys"],
        "properties": {
            "keys": {
                "type": "object",
                "title": "Keys",
                "description": "What each key of the new item takes its value from.",
                "default": {},
                "additionalProperties": {"type": "string", "minLength": 1},
            },
            "oncePer": {
                "type": "array",
                "title": "Once per",
                "description": "Keep only the first item with the same values under these new keys.",
                "default": [],
                "items": {"type": "string"},
            },
        },
    },
    ui_schema={"keys": {"ui:widget": "mapping", "ui:options": {"creatable": True, "byTarget": True}}},
)


def execute(config: Config, edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
    """Maps the items of the primary edge.

    Raises:
        HostError: an item is no object, or the settings contradict each other.
    """
    for problem in problems(config):
        raise HostError(problem.message)
    items = [_mapped(item, config["keys"]) for item in edges[0].items]
    once_per = config.get("oncePer") or []
    return BlockResult(outputs=(list(_first_ones(items, once_per)) if once_per else items,))


def problems(config: Config) -> list[Problem]:
    """What the schema cannot say: keys that would be a value and an object at once, and `oncePer` beside the keys."""
    made = [tuple(key.split(".")) for key in config["keys"]]
    found = []
    for path in made:
        inner = next((one for one in made if len(one) > len(path) and one[: len(path)] == path), None)
        if inner is not None:
            name = ".".join(path)
            message = f"`{name}` cannot be a value, and with `{'.'.join(inner)}` an object as well. Remove one of them."
            found.append(Problem(path=f"/keys/{name}", message=message))
    reached = {path[:length] for path in made for length in range(1, len(path) + 1)}
    for index, key in enumerate(config.get("oncePer") or []):
        if tuple(key.split(".")) not in reached:
            hint = near_miss(key, list(config["keys"])) or f". It makes {', '.join(config['keys']) or 'none'}."
            message = f"Once per names `{key}`, which is no new key of this Mapper{hint}"
            found.append(Problem(path=f"/oncePer/{index}", message=message))
    return found


def _mapped(item: JsonValue, keys: Mapping[str, str]) -> dict[str, JsonValue]:
    if not isinstance(item, dict):
        raise HostError(f"A Mapper takes objects, but an item is {item!r:.60}. Look at the edge before it.")
    made: dict[str, JsonValue] = {}
    for new, old in keys.items():
        if old in item:
            _put(made, new, item[old])
    return made


def _put(made: dict[str, JsonValue], path: str, value: JsonValue) -> None:
    *outer, last = path.split(".")
    for step in outer:
        made = made.setdefault(step, {})
    made[last] = value


def _first_ones(items: Sequence[dict[str, JsonValue]], once_per: Sequence[str]) -> Iterator[dict[str, JsonValue]]:
    seen = set()
    for item in items:
        values = tuple(repr(_value_at(item, key)) for key in once_per)
        if values not in seen:
            seen.add(values)
            yield item


def _value_at(item: JsonValue, path: str) -> JsonValue:
    for step in path.split("."):
        item = item.get(step) if isinstance(item, dict) else None
    return item
