"""Which column goes to which field: told on the command line or in a file, or proposed from an object's fields."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.near_miss import near_miss, nearest
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.validation.rules import find_target
from ziggy_studio.errors import UsageProblem
from ziggy_studio.yaml_text import YamlProblem, parse_yaml

_SDL = ".sdl"
_FILES = (".yaml", ".yml", ".json", _SDL)
# `What:Account-Ext__c` of Data Loader: the relationship What, to an Account, by its Ext__c; or `Account:Ext__c`.
_SDL_RELATIONSHIP = re.compile(r"^(?P<name>\w+):(?:(?P<type>\w+)-)?(?P<field>\w+)$")
_COLUMNS_NAMED = 10
_ESCAPED = re.compile(r"\\(.)")


def refuse_unknown_columns(mapping: Mapping[str, str | None], columns: Sequence[str]) -> None:
    """Raises `UsageProblem` where a column that is mapped to a field is none of the file's."""
    known = {column.lower() for column in columns}
    for column, field in mapping.items():
        if field is not None and column.lower() not in known:
            missed = (
                near_miss(column, columns) or f". It has {', '.join(f'`{one}`' for one in columns[:_COLUMNS_NAMED])}."
            )
            raise UsageProblem(f"--map names the column `{column}`, which the file does not have{missed}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a column most likely means: a field, or none, and why."""

    column: str
    field: str | None
    reason: str


def read_mapping(told: Sequence[str]) -> dict[str, str | None]:
    """The mapping of several `--map` options: each a pair `COLUMN=FIELD` or a file; `COLUMN=` leaves a column out.

    Raises:
        UsageProblem: one is neither, or a file holds no mapping; the message names the line where there is one.
    """
    mapping: dict[str, str | None] = {}
    for one in told:
        if one.lower().endswith(_FILES) and "=" not in one:
            mapping |= _read_file(Path(one))
            continue
        column, sign, field = one.rpartition("=")
        if not sign or not column.strip():
            raise UsageProblem(f"--map is `{one}`, but it must be COLUMN=FIELD, or a file that ends in {_listed()}.")
        mapping[column.strip()] = field.strip() or None
    return mapping


def propose(describe: ObjectDescribe, columns: Iterable[str], *, is_update: bool) -> list[Proposal]:
    """For each column the field that it most likely means; no field is proposed twice."""
    fields = [one for one in describe.fields if one.can_update or (one.can_create and not is_update) or _is_id(one)]
    taken: set[str] = set()
    found: dict[str, Proposal] = {}
    # What is certain comes first, whatever the order of the columns.
    for find in (_by_name, _by_label, _nearly):
        for column in columns:
            proposal = (
                None if column in found else find(describe, column, [one for one in fields if one.name not in taken])
            )
            if proposal is not None and proposal.field is not None:
                taken.add(proposal.field)
                found[column] = proposal
    nothing = "no field is called like it; leave it out, or name one"
    return [found.get(one, Proposal(column=one, field=None, reason=nothing)) for one in columns]


def missing_fields(describe: ObjectDescribe, proposals: Iterable[Proposal]) -> list[str]:
    """The fields that a new record needs and no column is for."""
    fields = {proposal.field for proposal in proposals}
    return [one.name for one in describe.fields if one.is_required_on_create and one.name not in fields]


def mapping_text(proposals: Iterable[Proposal]) -> str:
    """The proposals as a YAML file that `--map` takes, each with its reason."""
    lines = [
        f"{json.dumps(one.column, ensure_ascii=False)}: {one.field or 'null'}  # {one.reason}" for one in proposals
    ]
    return "\n".join(["# Column: field. null leaves a column out.", *lines, ""])


def _by_name(describe: ObjectDescribe, column: str, fields: Sequence[FieldInfo]) -> Proposal | None:
    target = find_target(describe, column)
    if target is None or (not target.is_relationship and target.info.name not in {one.name for one in fields}):
        return None
    field = column if target.is_relationship else target.info.name
    return Proposal(column=column, field=field, reason="its API name")


def _by_label(_describe: ObjectDescribe, column: str, fields: Sequence[FieldInfo]) -> Proposal | None:
    same = [one for one in fields if one.label.casefold() == column.strip().casefold()]
    return Proposal(column=column, field=same[0].name, reason="its label") if len(same) == 1 else None


def _nearly(_describe: ObjectDescribe, column: str, fields: Sequence[FieldInfo]) -> Proposal | None:
    by_text = {_bare(one.name): one for one in fields} | {_bare(one.label): one for one in fields}
    wanted = _bare(column)
    near = wanted if wanted in by_text else nearest(wanted, by_text)
    if not near:
        return None
    field = by_text[near]
    return Proposal(column=column, field=field.name, reason=f"looks like {field.label}; please check")


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.removesuffix("__c")).casefold()


def _is_id(field: FieldInfo) -> bool:
    return field.name == ID_FIELD


def _listed() -> str:
    return ", ".join(_FILES)


def _read_file(path: Path) -> dict[str, str | None]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as err:
        what = err.strerror if isinstance(err, OSError) else "it is not UTF-8"
        raise UsageProblem(f"{path} cannot be read: {what}. Check the path.") from err
    if path.name.lower().endswith(_SDL):
        return dict(_sdl_line(path, number, line) for number, line in enumerate(text.splitlines(), 1) if _says(line))
    try:
        found = parse_yaml(text)
    except YamlProblem as err:
        where = f" line {err.line}" if err.line is not None else ""
        raise UsageProblem(f"{path}{where}: {err.message}.") from err
    if not isinstance(found, Mapping) or not all(isinstance(one, str) for one in found):
        raise UsageProblem(f"{path} holds no mapping. It must have lines such as `E-mail: Email`.")
    return {column: _field(path, column, field) for column, field in found.items()}


def _field(path: Path, column: str, field: JsonValue) -> str | None:
    if field is not None and not isinstance(field, str):
        raise UsageProblem(f"{path}: `{column}` is mapped to {field!r}, but it must be the name of a field, or null.")
    return field or None


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(("#", "!"))


def _sdl_line(path: Path, number: int, line: str) -> tuple[str, str | None]:
    """A line of Data Loader's mapping files, which are Java properties: `E-mail=Email`, with `\\` before odd signs."""
    parts = re.split(r"(?<!\\)=", line, maxsplit=1)
    if len(parts) == 1:
        raise UsageProblem(f"{path} line {number}: `{line.strip()}` maps nothing. A line is COLUMN=FIELD.")
    column, field = (_ESCAPED.sub(r"\1", part.strip()) for part in parts)
    related = _SDL_RELATIONSHIP.match(field)
    if related is not None:
        kind = f"{related['type']}:" if related["type"] else ""
        field = f"{kind}{related['name']}.{related['field']}"
    return column, field or None
