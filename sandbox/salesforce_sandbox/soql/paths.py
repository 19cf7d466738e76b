"""Field paths and functions of a query → SQL, with the joins that lead to parents (reference section 6)."""

from collections.abc import Iterable
from dataclasses import dataclass

from salesforce_sandbox.schema.model import Field, Schema, SObject

from .errors import malformed, no_such_column, no_such_relationship
from .functions import applied, takes
from .tree import Operand, Path, Query

_MOST_PARENTS = 40  # SQLite joins at most 64 tables


@dataclass(frozen=True, slots=True)
class Resolved:
    """A field or function as SQL; parents are the expressions of the Ids on its path."""

    field: Field
    sql: str
    path: tuple[str, ...]
    parents: tuple[str, ...]


class Paths:
    """Resolves the names of one query; what it joins, the query's source has to name."""

    def __init__(self, schema: Schema, sobject: SObject, query: Query) -> None:
        self._schema = schema
        self._sobject = sobject
        self._text = query.text
        self._names = {sobject.name.lower(), (query.alias or sobject.name).lower()}
        self._joins: dict[tuple[str, ...], str] = {}

    @property
    def source(self) -> str:
        """The FROM clause, once all names are resolved."""
        return " ".join([f'"{self._sobject.name}" t0', *self._joins.values()])

    def operand(self, operand: Operand) -> Resolved:
        """A field, or a function of one."""
        if isinstance(operand, Path):
            return self.field(operand)
        inner = self.field(operand.path)
        if not takes(operand.name, inner.field):
            raise malformed(f"field {inner.field.name} does not support aggregate operator {operand.name}")
        sql, field = applied(operand.name, inner.sql, inner.field)
        return Resolved(field, sql, (str(operand),), ())

    def field(self, path: Path) -> Resolved:
        """A field of the object, or of a parent."""
        parts = path.parts
        if len(parts) > 1 and parts[0].lower() in self._names:
            parts = parts[1:]  # `Account.Name` in a query on Account, `a.Name` where the object is called a
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
    ) -> Resolved:
        last = path.parts[-1]
        holders = [(each, alias, found) for each, alias in alternatives if (found := each.field(last))]
        if not holders:
            raise no_such_column(last, alternatives[0][0].name, self._text, path.at)
        field = holders[0][2]
        sql = _first_of(expression(each, alias, found) for each, alias, found in holders)
        return Resolved(field, sql, (*walked, field.name), tuple(parents))

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
            raise no_such_relationship(step, alternatives[0][0].name, self._text, path.at)
        return reached, name

    def _join(self, key: tuple[str, ...], alias: str, reference: Field, target: SObject) -> str:
        known = list(self._joins)
        if key in self._joins:
            return f"t{known.index(key) + 1}"
        joined = f"t{len(known) + 1}"
        self._joins[key] = f'LEFT JOIN "{target.name}" {joined} ON {joined}.Id = {alias}."{reference.name}"'
        return joined


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
