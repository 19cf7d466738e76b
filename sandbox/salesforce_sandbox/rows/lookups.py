"""What other records say about a chunk: current rows, parents, holders of unique values, likely duplicates."""

from collections.abc import Sequence
from typing import Any

from salesforce_sandbox.errors import RowError
from salesforce_sandbox.schema.model import DuplicateRule, Field, FieldType, Schema, SObject

from .checks import bad_choice
from .draft import Draft
from .ids import normalise as normalise_id
from .store import Row, Store, comparable, fold


class Lookups:
    """Fetched in a few statements for a whole chunk, and kept up as its records are decided."""

    def __init__(self, schema: Schema, store: Store, sobject: SObject, drafts: Sequence[Draft]) -> None:
        self._schema = schema
        self._store = store
        self._sobject = sobject
        self.current = store.rows_by_id(sobject, [each.record_id for each in drafts if each.record_id])
        self.deleted = self._deleted(drafts)
        self._known_types: dict[str, Row] | None = None
        self._unique = [each for each in sobject.fields if each.unique]
        self._holders = {each.name: self._held(each, drafts) for each in self._unique}

    def is_of_right_object(self, field: Field, record_id: str) -> bool:
        """Whether the id's prefix belongs to an object that the field may point at."""
        target = self._schema.of_id(record_id)
        if target is not None:
            return target.name in field.reference_to
        # A describe taken from a real org may point at objects that the sandbox does not have.
        return any(self._schema.find(each) is None for each in field.reference_to)

    def is_open_record_type(self, record_id: str) -> bool:
        """Whether it is a record type of the object that the user may choose; one that is missing is told elsewhere."""
        found = self._record_types().get(record_id)
        if found is None:
            return True
        closed = {each.developer_name for each in self._sobject.record_types if not each.available}
        return found["SobjectType"] == self._sobject.name and found["DeveloperName"] not in closed

    def record_type(self, record_id: str) -> Row | None:
        """A record type by its Id."""
        return self._record_types().get(normalise_id(record_id) or "")

    def type_of_persons(self) -> str | None:
        """The Id of the first record type that is for persons."""
        names = {each.developer_name for each in self._sobject.record_types if each.person}
        own = (each for each in self._record_types().values() if each["SobjectType"] == self._sobject.name)
        return next((str(each["Id"]) for each in own if each["DeveloperName"] in names), None)

    def _record_types(self) -> dict[str, Row]:
        if self._known_types is None:
            types = self._schema.find("RecordType")
            self._known_types = (
                {} if types is None else {str(each["Id"]): each for each in self._store.live_rows(types)}
            )
        return self._known_types

    def narrowed_error(self, draft: Draft, current: Row | None) -> RowError | None:
        """A restricted picklist's value that the record's type leaves out."""
        if not any(each.picklists for each in self._sobject.record_types):
            return None
        default = next((each.developer_name for each in self._sobject.record_types if each.default), None)
        chosen = draft.values.get("RecordTypeId") or (current or {}).get("RecordTypeId")
        record_type = self._record_types().get(normalise_id(chosen or "") or "")
        name = default if record_type is None else record_type["DeveloperName"]
        seed = next((each for each in self._sobject.record_types if each.developer_name == name), None)
        for field_name, allowed in (seed.picklists if seed else {}).items():
            value = draft.values.get(field_name)
            field = self._sobject.field(field_name)
            if value is None or field is None or not field.restricted:
                continue
            bad = next((each for each in str(value).split(";") if each not in allowed), None)
            if bad is not None:
                return bad_choice(field, bad)
        return None

    def unique_error(self, draft: Draft) -> RowError | None:
        """Another record holds one of the values."""
        clashes: list[tuple[Field, str]] = []
        for field in self._unique:
            value = draft.values.get(field.name)
            holder = self._holders[field.name].get(comparable(field, value)) if value is not None else None
            if holder is not None and holder != draft.record_id:
                clashes.append((field, holder))
        if not clashes:
            return None
        message = ", ".join(
            f"duplicate value found: {field.name} duplicates value on record with id: {holder[:15]}"
            for field, holder in clashes
        )
        return RowError(code="DUPLICATE_VALUE", message=message, fields=tuple(field.name for field, _ in clashes))

    def duplicate_error(self, draft: Draft, current: Row | None) -> RowError | None:
        """A duplicate rule finds a record like this one."""
        return self._first_duplicate(draft, current, self._sobject.duplicate_rules)

    def blocking_duplicate_error(self, draft: Draft, current: Row | None) -> RowError | None:
        """The same for the rules that no header overrides."""
        return self._first_duplicate(draft, current, [each for each in self._sobject.duplicate_rules if each.block])

    def remember(self, draft: Draft, row: Row) -> None:
        """Lets the rest of the chunk meet this record."""
        for field in self._unique:
            value = draft.values.get(field.name)
            if value is not None:
                self._holders[field.name][comparable(field, value)] = str(row["Id"])

    def _deleted(self, drafts: Sequence[Draft]) -> dict[str, bool]:
        """For every parent that the chunk names and the org has: whether it is deleted."""
        wanted: dict[str, set[str]] = {}
        known: dict[str, bool] = {}
        references = [each for each in self._sobject.fields if each.type is FieldType.REFERENCE]
        for draft in drafts:
            for field in references:
                given = draft.values.get(field.name)
                if not given:
                    continue
                record_id = normalise_id(given)
                target = self._schema.of_id(record_id) if record_id else None
                if record_id and target is not None:
                    wanted.setdefault(target.name, set()).add(record_id)
                elif record_id:
                    known[record_id] = False
        for name, ids in wanted.items():
            target = self._schema.find(name)
            if target is not None:
                known |= {each: bool(row["IsDeleted"]) for each, row in self._store.rows_by_id(target, ids).items()}
        return known

    def _held(self, field: Field, drafts: Sequence[Draft]) -> dict[Any, str]:
        values = [value for each in drafts if (value := each.values.get(field.name)) is not None]
        found = self._store.ids_by_value(self._sobject, field, values) if values else {}
        return {value: ids[0] for value, ids in found.items()}

    def _first_duplicate(self, draft: Draft, current: Row | None, rules: Sequence[DuplicateRule]) -> RowError | None:
        for rule in rules:
            row = {**(current or {}), **draft.values}
            found = self._alike(rule, row, draft.record_id)
            if found:
                return RowError(code="DUPLICATES_DETECTED", message=rule.message, details=self._details(rule, found))
        return None

    def _alike(self, rule: DuplicateRule, row: Row, own_id: str | None) -> list[str]:
        fields = [each for name in rule.match if (each := self._sobject.field(name))]
        if any(row.get(each.name) is None for each in fields):
            return []
        condition = " AND ".join(f'fold("{each.name}") = ?' for each in fields)
        sql = f'SELECT Id FROM "{self._sobject.name}" WHERE {condition} AND IsDeleted = 0 LIMIT 5'  # noqa: S608
        found = self._store.query(sql, [fold(row[each.name]) for each in fields])
        return [each for (each,) in found if each != own_id]

    def _details(self, rule: DuplicateRule, found: list[str]) -> dict[str, Any]:
        """What a single POST tells about the duplicates; the key is misspelled in the real answer too."""
        name = self._sobject.name
        records = [
            {
                "additionalInformation": [],
                "fieldDiffs": [],
                "matchConfidence": 100,
                "record": {
                    "attributes": {"type": name, "url": f"/services/data/v68.0/sobjects/{name}/{each}"},
                    "Id": each,
                },
            }
            for each in found
        ]
        match = {
            "entityType": name,
            "errors": [],
            "matchEngine": "ExactMatchEngine",
            "matchRecords": records,
            "rule": rule.name.replace("_DR", "_MR"),
            "size": len(records),
            "success": True,
        }
        return {
            "duplicateResut": {
                "allowSave": not rule.block,
                "duplicateRule": rule.name,
                "duplicateRuleEntityType": name,
                "errorMessage": rule.message,
                "matchResults": [match],
            }
        }
