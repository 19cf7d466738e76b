"""What of a record is read to know which of its values a write would change, and how each is compared."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, itemgetter

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import AccessError
from ziggy_sf_write.run.plan import key_of
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.salesforce.metadata import describe_object
from ziggy_sf_write.validation.stored import Same, same_value

_ATTRIBUTES = "attributes"

Body = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Column:
    """One name in the bodies of a window, such as `Phone`, or `Account` with the key that names the parent.

    `path` is read to compare by with `same`, None where nothing readable tells. `field` is what the name writes; it is
    read too.
    `is_kept`: what was read of it is saved as it is when it is sent back.
    """

    name: str
    field: FieldInfo
    path: str | None = None
    same: Same = eq
    is_kept: bool = True

    @property
    def paths(self) -> Iterator[str]:
        """What a query selects for this column."""
        yield self.field.name
        if self.path is not None and self.path != self.field.name:
            yield self.path


class Comparison:
    """Finds the columns of bodies. Each name is looked up once, a parent once for each key that names it."""

    def __init__(self, client: OrgClient, describe: ObjectDescribe) -> None:
        self._client = client
        self._describe = describe
        self._columns: dict[tuple[str, str | None], Column | None] = {}
        # Of bodies that name no parent by its key: nearly all of them, in a few shapes.
        self._of_shape: dict[tuple[str, ...], list[Column]] = {}

    def columns(self, bodies: Iterable[Body]) -> list[Column]:
        """The columns that any of these bodies has, each once.

        Raises:
            LoginError, UnreachableError, CallFailed: the org does not describe a parent.
        """
        seen: dict[tuple[str, str | None], None] = {}
        shapes: set[tuple[str, ...]] = set()
        for body in bodies:
            shape = tuple(body)
            if shape in shapes:
                continue
            # Which key names a parent differs from item to item; a field is a field.
            if all(self._describe.find_field(name) for name in shape):
                shapes.add(shape)
            for name, value in body.items():
                seen[name, _key_name(value) if type(value) is dict else None] = None
        return [column for name, key in seen if (column := self._column(name, key)) is not None]

    def of(self, body: Body) -> list[Column]:
        """The columns of one body, without the record's Id."""
        shape = tuple(body)
        known = self._of_shape.get(shape)
        if known is not None:
            return known
        keys = [_key_name(value) if type(value) is dict else None for value in body.values()]
        found = [self._column(name, key) for name, key in zip(body, keys, strict=True)]
        columns = [column for column in found if column is not None]
        if not any(keys):
            self._of_shape[shape] = columns
        return columns

    def _column(self, name: str, key: str | None) -> Column | None:
        place = (name, key)
        if place not in self._columns:
            self._columns[place] = self._make(name, key)
        return self._columns[place]

    def _make(self, name: str, key: str | None) -> Column | None:
        field = self._describe.find_field(name)
        if field is not None:
            same = same_value(field) if key is None else None
            if field.name == ID_FIELD:
                return None
            # An address that was saved long ago may have capitals, which go when it is saved again.
            is_kept = field.type is not FieldType.EMAIL
            return Column(name, field, field.name, same, is_kept) if same is not None else Column(name, field)
        field = self._describe.find_relationship(name)
        if field is None:
            return None  # no field of the object: Salesforce will refuse it
        parent_key = None if key is None or field.is_polymorphic else self._parent_key(field, key)
        if parent_key is None:
            return Column(name, field)
        return Column(name, field, f"{field.relationship_name}.{parent_key.name}", _same_parent(parent_key))

    def _parent_key(self, field: FieldInfo, key: str) -> FieldInfo | None:
        """The field of the parent that names it; None where it may name two of them, or cannot be seen."""
        target = next(iter(field.reference_to), None)
        if target is None:
            return None
        try:
            own = self._describe
            parent = own if target == own.name else describe_object(self._client, target)
        except AccessError:
            return None
        found = parent.find_field(key)
        return found if found is not None and (found.is_unique or found.name == ID_FIELD) else None


def _key_name(value: Mapping[str, JsonValue]) -> str | None:
    """The key by which a relationship object names its parent."""
    return next((str(name) for name in value if name != _ATTRIBUTES), None)


def _same_parent(parent_key: FieldInfo) -> Same:
    of: Callable[[JsonValue], Hashable] = key_of(parent_key, is_native=True)

    def same(sent: JsonValue, read: JsonValue) -> bool:
        named = next((one for name, one in sent.items() if name != _ATTRIBUTES), None) if type(sent) is dict else None
        return named is not None and read is not None and of(named) == of(read)

    return same


def paths_of(columns: Iterable[Column]) -> list[str]:
    """What is to be selected for these columns, each path once."""
    return list(dict.fromkeys(path for column in columns for path in column.paths))


def reader(paths: Sequence[str]) -> Callable[[Body], tuple[JsonValue, ...]]:
    """Turns a record of a REST answer into its values at these paths, in their order."""
    if len(paths) > 1 and not any("." in path for path in paths):
        return itemgetter(*paths)
    steps = [path.split(".") for path in paths]
    return lambda record: tuple(_at(record, path) for path in steps)


def _at(record: Body, path: Sequence[str]) -> JsonValue:
    value: JsonValue = record
    for step in path:
        value = value[step] if value is not None else None
    return value
