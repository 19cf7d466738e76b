"""Syntax tree → parameterised SQLite, with the case rules of each field (reference section 6)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.rows.ids import normalise
from salesforce_sandbox.rows.store import fold
from salesforce_sandbox.schema.describe import is_filterable, is_groupable
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

from .errors import malformed, no_such_children, query_error, unsupported_object
from .functions import AGGREGATES
from .paths import Paths, Resolved
from .tree import (
    Applied,
    Compared,
    Condition,
    Item,
    Joined,
    Literal,
    LiteralKind,
    Negated,
    Operand,
    Ordering,
    Path,
    Query,
)

_MAX_OFFSET = 2000
_FIELDS_LIMIT = 200
_INTEGERS = 2**63
_LINKS = "ContentDocumentLink"
_LINK_FILTERS = frozenset({"contentdocumentid", "linkedentityid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One selected field: its path in the answer and the expression that yields it."""

    path: tuple[str, ...]
    field: Field
    sql: str
    parents: tuple[str, ...] = ()  # for each parent on the path the expression of its Id
    shown_as: str | None = None  # of a function: as the query spells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A query in the list of fields: the children of each record, and the expression that says whose they are."""

    name: str
    plan: "Plan"
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The statement without its column list; parameters belong to its conditions."""

    sobject: SObject
    columns: tuple[Column, ...]
    children: tuple[Child, ...]
    source: str
    where: str
    group: str
    order: str
    parameters: tuple[Any, ...]
    is_count: bool
    is_aggregate: bool
    limit: int | None
    offset: int
    object_names: Mapping[str, str]  # by key prefix, to name the parents in the answer

    @property
    def tail(self) -> str:
        """What follows the source."""
        return f"{self.where}{self.group} ORDER BY {self.order}"


def plan(schema: Schema, query: Query, *, include_deleted: bool = False) -> Plan:
    """Resolves names and types; raises RequestRefused as the org would answer."""
    sobject = _object(schema, query)
    if sobject.name == _LINKS and not _is_link_filter(query.where):
        raise malformed(
            "Implementation restriction: ContentDocumentLink requires a filter by a single Id on ContentDocumentId or "
            "LinkedEntityId using the equals operator or multiple Id's using the IN operator."
        )
    return _Planner(schema, sobject, query).plan(include_deleted=include_deleted)


def _object(schema: Schema, query: Query) -> SObject:
    sobject = schema.find(query.object_name)
    if sobject is None:
        raise unsupported_object(query.object_name, query.text, query.object_at)
    if not sobject.queryable:
        message = f"entity type {sobject.name} does not support query"
        raise RequestRefused(400, "INVALID_TYPE_FOR_OPERATION", message)
    return sobject


def _is_link_filter(condition: Condition | None) -> bool:
    match condition:
        case Joined("AND", conditions):
            return any(_is_link_filter(each) for each in conditions)
        case Compared(Path(parts), "=" | "IN"):
            return parts[-1].lower() in _LINK_FILTERS
        case _:
            return False


class _Planner:
    def __init__(self, schema: Schema, sobject: SObject, query: Query) -> None:
        self._schema = schema
        self._sobject = sobject
        self._query = query
        self._paths = Paths(schema, sobject, query)
        self._parameters: list[Any] = []

    def plan(self, *, include_deleted: bool) -> Plan:
        query = self._query
        is_aggregate = bool(query.group) or any(isinstance(each.operand, Applied) for each in query.items)
        columns = tuple(self._aggregated() if is_aggregate else self._columns())
        include_deleted = include_deleted or query.all_rows
        where = self._where(include_deleted=include_deleted)
        group = self._group_by()
        last = [each.sql for each in columns if each.shown_as is None] if is_aggregate else ["t0.rowid"]
        order = ", ".join([*(self._ordering(each) for each in query.order), *last]) or "1"
        if query.offset is not None and query.offset > _MAX_OFFSET:
            raise RequestRefused(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        return Plan(
            sobject=self._sobject,
            columns=columns,
            children=tuple(self._child(each, include_deleted=include_deleted) for each in query.children),
            source=self._paths.source,
            where=where,
            group=group,
            order=order,
            parameters=tuple(self._parameters),
            is_count=query.is_count,
            is_aggregate=is_aggregate,
            limit=None if query.limit is None else min(query.limit, _INTEGERS - 1),
            offset=query.offset or 0,
            object_names={each.prefix: each.name for each in self._schema if each.prefix},
        )

    def values(self) -> tuple[str, list[Any]]:
        """The query as the list of a semi-join: the one field of Ids that it selects."""
        items = self._query.items
        if len(items) != 1 or self._query.children or not isinstance(items[0].operand, Path):
            raise malformed("Semi join sub-selects must select exactly one field")
        found = self._paths.field(items[0].operand)
        if found.field.type not in ID_TYPES:
            raise malformed(f"Semi join sub-selects can only query id fields, cannot use: '{found.field.name}'")
        where = self._where(include_deleted=False)
        return f"SELECT {found.sql} FROM {self._paths.source}{where} AND {found.sql} IS NOT NULL", self._parameters  # noqa: S608

    def _child(self, query: Query, *, include_deleted: bool) -> Child:
        found = self._schema.child(self._sobject, query.object_name)
        if found is None:
            raise no_such_children(query.object_name, query.text, query.object_at)
        name, sobject, reference = found
        planned = _Planner(self._schema, sobject, query).plan(include_deleted=include_deleted)
        if planned.is_aggregate or planned.is_count:
            raise malformed("Nested query cannot aggregate")
        return Child(name=name, plan=planned, link=f't0."{reference.name}"')

    def _columns(self) -> Iterator[Column]:
        seen: set[tuple[str, ...]] = set()
        for item in (*self._group(), *self._query.items):
            if item.alias is not None or not isinstance(item.operand, Path):
                raise malformed("only aggregate expressions use field aliasing")
            resolved = self._paths.field(item.operand)
            if resolved.path in seen:
                raise malformed(f"duplicate field selected: {item.operand}")
            seen.add(resolved.path)
            yield Column(path=resolved.path, field=resolved.field, sql=resolved.sql, parents=resolved.parents)

    def _group(self) -> Iterable[Item]:
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
        return [Item(Path((each.name,), 0)) for each in wanted]

    def _aggregated(self) -> Iterator[Column]:
        """Each field must be grouped; a function without a name of its own is called expr0, expr1 and so on."""
        if self._query.children or self._query.fields_group:
            raise malformed("Grouped query cannot use child relationships in the SELECT list")
        grouped = {self._paths.operand(each).sql for each in self._query.group}
        names: set[str] = set()
        unnamed = 0
        for item in self._query.items:
            found = self._paths.operand(item.operand)
            if not _is_aggregate(item.operand) and found.sql not in grouped:
                raise malformed(f"Field must be grouped or aggregated: {item.operand}")
            is_function = isinstance(item.operand, Applied)
            name = item.alias or (f"expr{unnamed}" if is_function else found.path[-1])
            unnamed += is_function and item.alias is None
            if name in names:
                raise malformed(f"duplicate alias: {name}")
            names.add(name)
            shown_as = str(item.operand) if is_function else None
            yield Column(path=(name,), field=found.field, sql=found.sql, shown_as=shown_as)

    def _group_by(self) -> str:
        terms: list[str] = []
        for operand in self._query.group:
            found = self._paths.operand(operand)
            if _is_aggregate(operand) or (isinstance(operand, Path) and not is_groupable(found.field)):
                raise malformed(f"field '{operand}' can not be grouped in a query call")
            terms.append(found.sql)
        group = f" GROUP BY {', '.join(terms)}" if terms else ""
        if self._query.having is None:
            return group
        if not terms:
            raise malformed("unexpected token: 'HAVING'")
        return f"{group} HAVING {self._condition(self._query.having)}"

    def _where(self, *, include_deleted: bool) -> str:
        where = ["1"] if include_deleted else ["t0.IsDeleted = 0"]
        if self._query.where is not None:
            where.append(self._condition(self._query.where))
        return f" WHERE {' AND '.join(where)}"

    def _ordering(self, term: Ordering) -> str:
        resolved = self._paths.operand(term.path)
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
        resolved = self._paths.operand(node.path)
        if not is_filterable(resolved.field) or resolved.field.type in COMPOUND_TYPES:
            raise query_error("INVALID_FIELD", self._query.text, node.path.at,
                              f"field '{resolved.field.name}' can not be filtered in a query call")  # fmt: skip
        if node.query is not None:
            return self._semi_join(resolved, node, node.query)
        values = self._values(resolved.field, node)
        if node.operator in ("INCLUDES", "EXCLUDES"):
            return self._choices(resolved.sql, node)
        if node.operator == "LIKE":
            self._parameters += [values[0], int(resolved.field.case_sensitive)]
            return f"sf_like({resolved.sql}, ?, ?)"
        if any(each.until for each in node.values):
            return self._spans(resolved, node)
        return self._plain(resolved, node.operator, values)

    def _semi_join(self, resolved: Resolved, node: Compared, query: Query) -> str:
        if resolved.field.type not in ID_TYPES:
            raise malformed(f"Semi join sub-selects can only compare id fields, cannot use: '{resolved.field.name}'")
        values, parameters = _Planner(self._schema, _object(self._schema, query), query).values()
        self._parameters += parameters
        among = f"{resolved.sql} IN ({values})"
        return among if node.operator == "IN" else f"(({among}) IS NOT TRUE)"

    def _spans(self, resolved: Resolved, node: Compared) -> str:
        """Relative dates mean whole days: before the first, on one of them, after the last."""
        sql, operator = resolved.sql, node.operator
        clock = "T00:00:00.000+0000" if resolved.field.type is FieldType.DATETIME else ""
        first, after = (f"{day}{clock}" for day in (node.values[0].value, node.values[0].until))
        if operator in ("<", ">=", "<=", ">"):
            self._parameters.append(first if operator in ("<", ">=") else after)
            return f"{sql} {'<' if operator in ('<', '<=') else '>='} ?"
        terms: list[str] = []
        for each in node.values:
            terms.append(f"({sql} >= ? AND {sql} < ?)")
            self._parameters += [f"{each.value}{clock}", f"{each.until or each.value}{clock}"]
        found = f"({' OR '.join(terms)})"
        return found if operator in ("=", "IN") else f"({found} IS NOT TRUE)"

    def _plain(self, resolved: Resolved, operator: str, values: list[Any]) -> str:
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

    def _values(self, field: Field, node: Compared) -> list[Any]:
        if field.type in TEXT_TYPES and all(each.kind is LiteralKind.STRING for each in node.values):
            return [each.value for each in node.values]
        return [self._value(field, each, node) for each in node.values]

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


def _is_aggregate(operand: Operand) -> bool:
    return isinstance(operand, Applied) and operand.name in AGGREGATES


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
