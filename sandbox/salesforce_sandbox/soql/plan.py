"""Syntax tree → parameterised SQLite, with the case rules of each field (reference section 6)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.rows.ids import normalise
from salesforce_sandbox.rows.store import fold
from salesforce_sandbox.schema.describe import is_filterable
from salesforce_sandbox.schema.model import (
    COMPOUND_TYPES,
    DECIMAL_TYPES,
    ID_TYPES,
    TEXT_TYPES,
    Field,
    FieldType,
    Schema,
    SObject,
)

from .errors import malformed, no_such_column, no_such_relationship, query_error, unsupported_object
from .tree import Compared, Condition, Joined, Literal, LiteralKind, Negated, Ordering, Path, Query

_MAX_OFFSET = 2000
_FIELDS_LIMIT = 200
_INTEGERS = 2**63
_MOST_PARENTS = 40  # SQLite joins at most 64 tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One selected field: its path in the answer and the expression that yields it."""

    path: tuple[str, ...]
    field: Field
    sql: str
    parents: tuple[str, ...] = ()  # for each parent on the path the expression of its Id


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The statement without its column list; parameters belong to its WHERE."""

    sobject: SObject
    columns: tuple[Column, ...]
    source: str
    tail: str
    parameters: tuple[Any, ...]
    is_count: bool
    limit: int | None
    offset: int
    object_names: Mapping[str, str]  # by key prefix, to name the parents in the answer


def plan(schema: Schema, query: Query, *, include_deleted: bool = False) -> Plan:
    """Resolves names and types; raises RequestRefused as the org would answer."""
    sobject = schema.find(query.object_name)
    if sobject is None:
        raise unsupported_object(query.object_name, query.text, query.object_at)
    if not sobject.queryable:
        message = f"entity type {sobject.name} does not support query"
        raise RequestRefused(400, "INVALID_TYPE_FOR_OPERATION", message)
    return _Planner(schema, sobject, query).plan(include_deleted=include_deleted)


@dataclass(frozen=True, slots=True)
class _Resolved:
    field: Field
    sql: str
    path: tuple[str, ...]
    parents: tuple[str, ...]


class _Planner:
    def __init__(self, schema: Schema, sobject: SObject, query: Query) -> None:
        self._schema = schema
        self._sobject = sobject
        self._query = query
        self._joins: dict[tuple[str, ...], str] = {}
        self._parameters: list[Any] = []

    def plan(self, *, include_deleted: bool) -> Plan:
        query = self._query
        columns = tuple(self._columns())
        where = [] if include_deleted else ["t0.IsDeleted = 0"]
        if query.where is not None:
            where.append(self._condition(query.where))
        order = ", ".join([*(self._ordering(each) for each in query.order), "t0.rowid"])
        if query.offset is not None and query.offset > _MAX_OFFSET:
            raise RequestRefused(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        return Plan(
            sobject=self._sobject,
            columns=columns,
            source=" ".join([f'"{self._sobject.name}" t0', *self._joins.values()]),
            tail=f"{'WHERE ' + ' AND '.join(where) if where else ''} ORDER BY {order}",
            parameters=tuple(self._parameters),
            is_count=query.is_count,
            limit=None if query.limit is None else min(query.limit, _INTEGERS - 1),
            offset=query.offset or 0,
            object_names={each.prefix: each.name for each in self._schema if each.prefix},
        )

    def _columns(self) -> Iterator[Column]:
        seen: set[tuple[str, ...]] = set()
        for path in (*self._group(), *self._query.paths):
            resolved = self._resolve(path)
            if resolved.path in seen:
                raise malformed(f"duplicate field selected: {path}")
            seen.add(resolved.path)
            yield Column(path=resolved.path, field=resolved.field, sql=resolved.sql, parents=resolved.parents)

    def _group(self) -> Iterable[Path]:
        group, limit = self._query.fields_group, self._query.limit
        if group is None:
            return ()
        if group != "STANDARD" and (limit is None or limit > _FIELDS_LIMIT):
            raise malformed("The SOQL FIELDS function must have a LIMIT of at most 200")
        wanted = [
            each
            for each in self._sobject.fields
            if group == "ALL" or each.name == "Id" or each.custom == (group == "CUSTOM")
        ]
        return [Path((each.name,), 0) for each in wanted]

    def _resolve(self, path: Path) -> _Resolved:
        parts = path.parts
        if len(parts) > 1 and parts[0].lower() == self._sobject.name.lower():
            parts = parts[1:]  # `Account.Name` in a query on Account
        alternatives = [(self._sobject, "t0")]
        walked: list[str] = []
        parents: list[str] = []
        for step in parts[:-1]:
            alternatives, name = self._step(alternatives, tuple(walked), step, path)
            walked.append(name)
            parents.append(_first_of(f'{alias}."Id"' for _, alias in alternatives))
        return self._leaf(alternatives, walked, parents, path)

    def _leaf(
        self,
        alternatives: list[tuple[SObject, str]],
        walked: list[str],
        parents: list[str],
        path: Path,
    ) -> _Resolved:
        last = path.parts[-1]
        holders = [(each, alias, found) for each, alias in alternatives if (found := each.field(last))]
        if not holders:
            raise no_such_column(last, alternatives[0][0].name, self._query.text, path.at)
        field = holders[0][2]
        sql = _first_of(expression(each, alias, found) for each, alias, found in holders)
        return _Resolved(field, sql, (*walked, field.name), tuple(parents))

    def _step(
        self, alternatives: list[tuple[SObject, str]], walked: tuple[str, ...], step: str, path: Path
    ) -> tuple[list[tuple[SObject, str]], str]:
        """Joins the parents that a relationship may lead to; a polymorphic one leads to several."""
        reached: list[tuple[SObject, str]] = []
        name = step
        for sobject, alias in alternatives:
            reference = sobject.by_relationship.get(step.lower())
            if reference is None or reference.relationship is None:
                continue
            name = reference.relationship
            for target_name in reference.reference_to[:_MOST_PARENTS]:
                target = self._schema.find(target_name)
                if target is not None:
                    reached.append((target, self._join((*walked, alias, name, target.name), alias, reference, target)))
        if not reached:
            raise no_such_relationship(step, alternatives[0][0].name, self._query.text, path.at)
        return reached, name

    def _join(self, key: tuple[str, ...], alias: str, reference: Field, target: SObject) -> str:
        known = list(self._joins)
        if key in self._joins:
            return f"t{known.index(key) + 1}"
        joined = f"t{len(known) + 1}"
        self._joins[key] = f'LEFT JOIN "{target.name}" {joined} ON {joined}.Id = {alias}."{reference.name}"'
        return joined

    def _ordering(self, term: Ordering) -> str:
        resolved = self._resolve(term.path)
        sql = f"fold({resolved.sql})" if resolved.field.type in TEXT_TYPES else resolved.sql
        return f"{sql} {'DESC' if term.descending else 'ASC'} NULLS {'LAST' if term.nulls_last else 'FIRST'}"

    def _condition(self, condition: Condition) -> str:
        match condition:
            case Joined(word, conditions):
                return "(" + f" {word} ".join(self._condition(each) for each in conditions) + ")"
            case Negated(inner):
                return f"(({self._condition(inner)}) IS NOT TRUE)"
            case Compared():
                return self._compared(condition)

    def _compared(self, node: Compared) -> str:
        resolved = self._resolve(node.path)
        if not is_filterable(resolved.field) or resolved.field.type in COMPOUND_TYPES:
            raise query_error("INVALID_FIELD", self._query.text, node.path.at,
                              f"field '{resolved.field.name}' can not be filtered in a query call")  # fmt: skip
        values = [self._value(resolved.field, each, node) for each in node.values]
        if node.operator in ("INCLUDES", "EXCLUDES"):
            return self._choices(resolved.sql, node)
        if node.operator == "LIKE":
            self._parameters += [values[0], int(resolved.field.case_sensitive)]
            return f"sf_like({resolved.sql}, ?, ?)"
        return self._plain(resolved, node.operator, values)

    def _plain(self, resolved: _Resolved, operator: str, values: list[Any]) -> str:
        folds = resolved.field.type in TEXT_TYPES and not resolved.field.case_sensitive
        sql = f"fold({resolved.sql})" if folds else resolved.sql
        given = [fold(each) if folds else each for each in values]
        present = [each for each in given if each is not None]
        if operator in ("IN", "NOT IN"):
            self._parameters += present
            among = f"{sql} IN ({', '.join('?' * len(present))})"
            if len(present) < len(given):
                among = f"({among} OR {sql} IS NULL)"
            return among if operator == "IN" else f"(({among}) IS NOT TRUE)"
        if given[0] is None:
            return f"{sql} IS {'NOT ' if operator == '!=' else ''}NULL"
        self._parameters.append(given[0])
        return f"{sql} IS NOT ?" if operator == "!=" else f"{sql} {operator} ?"

    def _choices(self, sql: str, node: Compared) -> str:
        """INCLUDES ('a;b', 'c'): holds a and b, or c."""
        groups: list[str] = []
        for literal in node.values:
            wanted = str(literal.value).split(";")
            self._parameters += [fold(f";{each};") for each in wanted]
            # Not LIKE: `%` and `_` are letters of a value here.
            groups.append("(" + " AND ".join([f"instr(fold(';' || {sql} || ';'), ?) > 0"] * len(wanted)) + ")")
        found = "(" + " OR ".join(groups) + ")"
        return found if node.operator == "INCLUDES" else f"({found} IS NOT TRUE)"

    def _value(self, field: Field, literal: Literal, node: Compared) -> Any:
        if literal.kind is LiteralKind.NULL:
            return None
        if not _suits(field, literal):
            quotes = "should be enclosed in quotes" if _is_quoted(field) else "should not be enclosed in quotes"
            raise query_error("INVALID_FIELD", self._query.text, node.path.at,
                              f"value of filter criterion for field '{field.name}' must be of type {field.type.value} "
                              f"and {quotes}")  # fmt: skip
        if field.type in ID_TYPES:
            return self._record_id(str(literal.value), node)
        if field.type is FieldType.DATETIME and literal.kind is LiteralKind.DATE:
            return f"{literal.value}T00:00:00.000+0000"
        if isinstance(literal.value, int):  # booleans too; SQLite's integers have 64 bits
            return int(literal.value) if abs(literal.value) < _INTEGERS else float(literal.value)
        return literal.value

    def _record_id(self, text: str, node: Compared) -> str | None:
        found = normalise(text) if text else None
        if text and found is None:
            raise query_error("INVALID_QUERY_FILTER_OPERATOR", self._query.text, node.path.at,
                              f"invalid ID field: {text}")  # fmt: skip
        return found


def _suits(field: Field, literal: Literal) -> bool:
    kind = field.type
    if _is_quoted(field):
        return literal.kind is LiteralKind.STRING
    if kind in DECIMAL_TYPES or kind in (FieldType.INT, FieldType.LONG):
        return literal.kind is LiteralKind.NUMBER
    if kind is FieldType.BOOLEAN:
        return literal.kind is LiteralKind.BOOLEAN
    if kind is FieldType.DATE:
        return literal.kind is LiteralKind.DATE
    if kind is FieldType.TIME:
        return literal.kind is LiteralKind.TIME
    return literal.kind in (LiteralKind.DATE, LiteralKind.DATETIME)


def _is_quoted(field: Field) -> bool:
    return field.type in TEXT_TYPES or field.type in ID_TYPES


def expression(sobject: SObject, alias: str, field: Field) -> str:
    """The SQL that yields a field; a compound is put together from its parts."""
    if field.is_stored:
        return f'{alias}."{field.name}"'
    parts = [each for each in sobject.fields if each.compound == field.name and each.is_stored]
    pairs = ", ".join(f"'{part_key(field, each)}', {alias}.\"{each.name}\"" for each in parts)
    present = " OR ".join(f'{alias}."{each.name}" IS NOT NULL' for each in parts) or "0"
    return f"CASE WHEN {present} THEN json_object({pairs}) END"


def part_key(compound: Field, part: Field) -> str:
    """The key of a component inside its compound: BillingStreet is `street`."""
    stem = compound.name.removesuffix("Address").removesuffix("__c")
    bare = part.name.removesuffix("__s").removeprefix(stem).strip("_")
    return bare[:1].lower() + bare[1:]


def _first_of(expressions: Iterable[str]) -> str:
    listed = list(expressions)
    return listed[0] if len(listed) == 1 else f"coalesce({', '.join(listed)})"
