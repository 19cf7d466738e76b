"""The save: every API's records pass through here, chunk by chunk (reference sections 3 and 5).

match → parents → normalise → field checks → required → cross references → unique → duplicate rules → validation rules
→ tables. What other records say is fetched once for a chunk; the records themselves are decided one after the other,
so that the second of two equal ones meets the first.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from salesforce_sandbox.errors import LOCKED_ENTITY, RowError
from salesforce_sandbox.schema.model import IS_PERSON, Field, FieldType, Schema, SObject, ValidationRule
from salesforce_sandbox.soql.evaluate import holds
from salesforce_sandbox.soql.parse import parse_condition
from salesforce_sandbox.soql.tree import Condition

from .checks import own_parent, settle, wrong_id
from .draft import Draft, Operation, SaveOptions
from .files import VERSION, Files
from .ids import IdMint, from_base62
from .ids import normalise as normalise_id
from .lookups import Lookups
from .match import match_by_id, match_by_key, resolve_references
from .persons import Persons
from .store import Row, Store
from .temporal import stamp


class RowLocks(Protocol):
    """Says which records somebody else holds."""

    def held(self, candidates: Sequence[str]) -> list[str]:
        """Those of the ids and key values that are locked."""
        ...

    @property
    def code(self) -> str:
        """With which code they are refused."""
        ...


class Saver:
    """Saves and deletes records of one org."""

    def __init__(
        self, schema: Schema, store: Store, mint: IdMint, *, now: Callable[[], datetime], locks: RowLocks
    ) -> None:
        self._schema = schema
        self._store = store
        self._mint = mint
        self._now = now
        self._locks = locks
        self._files = Files(schema, store, mint)
        self._numbers: dict[tuple[str, str], int] = {}
        self.default_record_types: dict[str, str] = {}  # ids by object; the org knows them once its rows are there
        self._rules: dict[str, list[tuple[ValidationRule, Condition]]] = {}  # of objects that were written
        self._writable = {each.name: _Rules(each) for each in schema}

    def save(
        self,
        sobject: SObject,
        drafts: Sequence[Draft],
        operation: Operation,
        *,
        options: SaveOptions,
        key: Field | None = None,
    ) -> None:
        """Saves what is fit to be saved; each draft then has its record_id or its errors."""
        self._match(sobject, drafts, operation, key)
        if self._refuse_locked(drafts, key):
            return
        resolve_references(self._schema, [each for each in drafts if each.is_saved], self._store)
        self._normalise(sobject, drafts)
        lookups = Lookups(self._schema, self._store, sobject, [each for each in drafts if each.is_saved])
        now = stamp(self._now())
        inserted: list[Row] = []
        changed: dict[str, Row] = {}
        for draft in drafts:
            if draft.is_saved:
                self._decide(sobject, draft, lookups, options)
            if draft.is_saved:
                self._stage(sobject, draft, lookups, inserted, changed, now=now, user_id=options.user_id)
        if inserted and sobject.name == VERSION:
            self._files.publish(inserted, now=now, user_id=options.user_id)
        self._store.insert(sobject, inserted)
        self._store.update_all(sobject, changed)

    def _match(self, sobject: SObject, drafts: Sequence[Draft], operation: Operation, key: Field | None) -> None:
        fit = [each for each in drafts if each.is_saved]
        if operation is Operation.UPDATE:
            match_by_id(sobject, fit)
        elif operation is Operation.UPSERT and key is not None:
            match_by_key(sobject, key, fit, self._store)
            for draft in fit:
                # A number that the org gives finds records and makes none (HELP 000004514): left on what would be
                # created, it is refused there like every other field that cannot be written.
                if not draft.created and not key.updateable:
                    draft.values.pop(key.name, None)
        else:
            for draft in fit:
                draft.created = True

    def _refuse_locked(self, drafts: Sequence[Draft], key: Field | None) -> bool:
        """One locked record fails its whole chunk (reference section 3.3, UNABLE_TO_LOCK_ROW)."""
        candidates = [each.record_id for each in drafts if each.record_id]
        if key is not None:
            candidates += [str(value) for each in drafts if (value := each.values.get(key.name)) is not None]
        held = self._locks.held(candidates)
        for draft in drafts if held else ():
            draft.errors = [locked_error(held, self._locks.code)]
        return bool(held)

    def _normalise(self, sobject: SObject, drafts: Sequence[Draft]) -> None:
        rules = self._writable[sobject.name]
        for draft in drafts:
            if not draft.is_saved:
                continue
            for name, value in draft.values.items():
                draft.values[name], error = settle(rules.by_name[name], value)
                if error:
                    draft.errors.append(error)

    def _decide(self, sobject: SObject, draft: Draft, lookups: Lookups, options: SaveOptions) -> None:
        """Adds the first reason against the record, in the order in which the org looks."""
        current = lookups.current.get(draft.record_id or "")
        rules = self._writable[sobject.name]
        if not draft.created and not _is_present(draft, current):
            return
        if draft.created and options.update_only:
            draft.refuse("NOT_FOUND", "The requested resource does not exist")  # UNCONFIRMED what is answered
            return
        error = (
            forbidden(sobject, Operation.INSERT if draft.created else Operation.UPDATE)
            or rules.read_only(draft)
            or (rules.persons.complete(draft, current, lookups.record_type) if rules.persons else None)
            or self._stored_rule(sobject, current)
            or rules.missing(draft)
            or lookups.narrowed_error(draft, current)
            or _references(rules.references, draft, lookups)
            or lookups.unique_error(draft)
            or (
                lookups.blocking_duplicate_error(draft, current)
                if options.allow_duplicates
                else lookups.duplicate_error(draft, current)
            )
            or self._validation_error(sobject, draft, current)
        )
        if error:
            draft.errors.append(error)

    def _stored_rule(self, sobject: SObject, current: Row | None) -> RowError | None:
        if current is None:
            return None
        return self._broken(sobject, current, on_stored=True)

    def _validation_error(self, sobject: SObject, draft: Draft, current: Row | None) -> RowError | None:
        if not sobject.validation_rules:
            return None
        base: Mapping[str, Any] = current if current is not None else self._writable[sobject.name].defaults
        return self._broken(sobject, {**base, **draft.values}, on_stored=False)

    def _broken(self, sobject: SObject, row: Mapping[str, Any], *, on_stored: bool) -> RowError | None:
        if sobject.name not in self._rules:
            self._rules[sobject.name] = [(rule, parse_condition(rule.when)) for rule in sobject.validation_rules]
        for rule, condition in self._rules[sobject.name]:
            if rule.on_stored == on_stored and holds(condition, sobject, row):
                return RowError(code=rule.code, message=rule.message, fields=(rule.field,) if rule.field else ())
        return None

    def _stage(
        self,
        sobject: SObject,
        draft: Draft,
        lookups: Lookups,
        inserted: list[Row],
        changed: dict[str, Row],
        *,
        now: str,
        user_id: str,
    ) -> None:
        rules = self._writable[sobject.name]
        audit = {"LastModifiedDate": now, "LastModifiedById": user_id, "SystemModstamp": now}
        if draft.created:
            draft.record_id = self._mint.next_id(sobject.prefix or "a0Z")
            row = {**rules.defaults, **self._automatic(sobject, user_id, now)}
            if draft.values.get(IS_PERSON):
                row["RecordTypeId"] = lookups.type_of_persons()
            row |= draft.values
            row |= {"Id": draft.record_id, **audit}
            if sobject.is_event:
                draft.event_uuid = str(uuid4())
                row |= {"EventUuid": draft.event_uuid, "ReplayId": str(from_base62(draft.record_id[6:15]))}
            row |= rules.own_name({**rules.no_name, **row}, draft.record_id)
            inserted.append(row)
            lookups.remember(draft, row)
        elif draft.record_id is not None:
            changes = changed.setdefault(draft.record_id, {})
            changes.update(draft.values | audit | rules.own_name(draft.values, draft.record_id))
            lookups.current[draft.record_id].update(draft.values)
            lookups.remember(draft, lookups.current[draft.record_id])

    def _automatic(self, sobject: SObject, user_id: str, now: str) -> Row:
        rules = self._writable[sobject.name]
        row: Row = {"IsDeleted": False, "CreatedDate": now, "CreatedById": user_id}
        if rules.has_owner:
            row["OwnerId"] = user_id
        if sobject.name in self.default_record_types:
            row["RecordTypeId"] = self.default_record_types[sobject.name]
        for field in rules.auto_numbers:
            row[field.name] = self._next_number(sobject, field)
        return row

    def _next_number(self, sobject: SObject, field: Field) -> str:
        key = (sobject.name, field.name)
        if key not in self._numbers:
            self._numbers[key] = int(self._store.query(f'SELECT count(*) FROM "{sobject.name}"')[0][0])  # noqa: S608
        self._numbers[key] += 1
        return _numbered(field.auto_number or "{0}", self._numbers[key])


class _Rules:
    """What the describe alone says about writing an object, worked out once."""

    def __init__(self, sobject: SObject) -> None:
        self.by_name = {each.name: each for each in sobject.fields}
        self.references = {each.name: each for each in sobject.fields if each.type is FieldType.REFERENCE}
        self.required = [each for each in sobject.fields if each.is_required]
        self.not_null = {each.name for each in sobject.fields if not each.nillable and each.type is not FieldType.ID}
        self.auto_numbers = [each for each in sobject.fields if each.auto_number]
        name_field = sobject.name_field()
        self._own_name = name_field.name if name_field is not None and sobject.names_itself else None
        self.no_name: Row = {} if self._own_name is None else {self._own_name: None}
        self.has_owner = "OwnerId" in self.by_name
        self.persons = Persons(sobject)
        self.defaults = {
            each.name: each.default
            for each in sobject.fields
            if each.default is not None and each.formula is None and each.is_stored and each.name != "IsDeleted"
        }

    def own_name(self, row: Mapping[str, Any], record_id: str) -> Row:
        """The Id as the name of a record that would have none, where the object has it so."""
        name = self._own_name
        return {name: record_id} if name is not None and row.get(name, "") is None else {}

    def read_only(self, draft: Draft) -> RowError | None:
        """Fields that may not be set in this operation."""
        named = [
            name
            for name in draft.values
            if not (self.by_name[name].createable if draft.created else self.by_name[name].updateable)
        ]
        if not named:
            return None
        message = (
            f"Unable to create/update fields: {', '.join(named)}. Please check the security settings of this field "
            "and verify that it is read/write for your profile or permission set."
        )
        return RowError(code="INVALID_FIELD_FOR_INSERT_UPDATE", message=message, fields=tuple(named))

    def missing(self, draft: Draft) -> RowError | None:
        """Required fields that a create leaves out, or that are set to null."""
        values = draft.values
        lacking = [each.name for each in self.required if values.get(each.name) is None] if draft.created else []
        lacking += [name for name, value in values.items()
                    if value is None and name in self.not_null and name not in lacking]  # fmt: skip
        if not lacking:
            return None
        message = f"Required fields are missing: [{', '.join(lacking)}]"
        return RowError(code="REQUIRED_FIELD_MISSING", message=message, fields=tuple(lacking))


def forbidden(sobject: SObject, operation: Operation) -> RowError | None:
    """What nobody may do with the object's records, whatever is in them."""
    allowed, done = {
        Operation.INSERT: (sobject.createable, "inserted"),
        Operation.UPDATE: (sobject.updateable, "updated"),
        Operation.DELETE: (sobject.deletable, "deleted"),  # code and wording of a delete are UNCONFIRMED
    }[operation]
    if allowed:
        return None
    return RowError(
        code="CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message=f"entity type cannot be {done}: {sobject.label}"
    )


def locked_error(held: Sequence[str], code: str) -> RowError:
    """Somebody else holds these records, for a moment or for an approval."""
    if code == LOCKED_ENTITY:
        return RowError(code=code, message="the entity is locked for editing")
    message = f"unable to obtain exclusive access to this record or {len(held)} records: {','.join(held)}"
    return RowError(code=code, message=message)


def _is_present(draft: Draft, current: Row | None) -> bool:
    if current is None:
        draft.refuse("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    elif current["IsDeleted"]:
        draft.refuse("ENTITY_IS_DELETED", "entity is deleted")
    return draft.is_saved


def _references(references: Mapping[str, Field], draft: Draft, lookups: Lookups) -> RowError | None:
    for name, value in draft.values.items():
        field = references.get(name)
        if field is None or value is None:
            continue
        record_id = normalise_id(value)
        if record_id is None:
            return wrong_id(field, value)
        error = _parent_error(field, value, record_id, draft, lookups)
        if error:
            return error
        draft.values[name] = record_id
    return None


def _parent_error(field: Field, value: str, record_id: str, draft: Draft, lookups: Lookups) -> RowError | None:
    fields = (field.name,)
    if not lookups.is_of_right_object(field, record_id):
        code = "FIELD_INTEGRITY_EXCEPTION" if field.is_polymorphic else "MALFORMED_ID"
        return wrong_id(field, value, code=code)
    if record_id == draft.record_id and not field.custom:
        return own_parent(field)
    deleted = lookups.deleted.get(record_id)
    if deleted is None:
        return RowError(code="INVALID_CROSS_REFERENCE_KEY", message="invalid cross reference id", fields=fields)
    if deleted:
        return RowError(code="ENTITY_IS_DELETED", message="entity is deleted", fields=fields)
    if field.name == "RecordTypeId" and not lookups.is_open_record_type(record_id):
        message = f"{field.label}: this ID value isn't valid for the user: {record_id}"
        return RowError(code="INVALID_CROSS_REFERENCE_KEY", message=message, fields=fields)
    return None


def _numbered(pattern: str, number: int) -> str:
    start, end = pattern.index("{"), pattern.index("}")
    return f"{pattern[:start]}{str(number).rjust(end - start - 1, '0')}{pattern[end + 1 :]}"
