"""Person accounts: an account that is a person has a name made of parts, and one that is none has no such parts.

That `LastName` makes a person, and that `Name` beside it is refused, is reported (section 3.2, further facts). What a
company's account answers to a person's fields is UNCONFIRMED, as is a record type that changes from one to the other.
"""

from collections.abc import Callable, Mapping
from typing import Any

from salesforce_sandbox.errors import RowError
from salesforce_sandbox.schema.model import IS_PERSON, RecordTypeSeed, SObject

from .draft import Draft
from .store import Row

_LAST_NAME = "LastName"
_SHOWN = ("FirstName", "MiddleName", _LAST_NAME, "Suffix")


class Persons:
    """The rules of one object; it is false where the object knows no persons."""

    def __init__(self, sobject: SObject) -> None:
        self._is_on = sobject.field(IS_PERSON) is not None and sobject.field(_LAST_NAME) is not None
        self._types = {each.developer_name: each for each in sobject.record_types}
        self._own = {
            each.name
            for each in sobject.fields
            if each.compound == "Name" or each.name.startswith("Person") or each.name.endswith("__pc")
        }

    def __bool__(self) -> bool:
        return self._is_on

    def complete(
        self, draft: Draft, current: Row | None, record_type: Callable[[str], Mapping[str, Any] | None]
    ) -> RowError | None:
        """Gives a person its name, or says why the record cannot be one.

        Args:
            draft: the record as it is sent.
            current: the record as it is.
            record_type: the row of a record type by its Id.
        """
        is_person = self._is_person(draft, current, record_type)
        foreign = {"Name"} if is_person else self._own
        named = [name for name, value in draft.values.items() if name in foreign and value is not None]
        if named:
            message = (
                f"Unable to create/update fields: {', '.join(named)}. Please check the security settings of this field "
                "and verify that it is read/write for your profile or permission set."
            )
            return RowError(code="INVALID_FIELD_FOR_INSERT_UPDATE", message=message, fields=tuple(named))
        if not is_person:
            return None
        row = {**(current or {}), **draft.values}
        if row.get(_LAST_NAME) is None:
            message = f"Required fields are missing: [{_LAST_NAME}]"
            return RowError(code="REQUIRED_FIELD_MISSING", message=message, fields=(_LAST_NAME,))
        draft.values |= {IS_PERSON: True, "Name": " ".join(str(row[part]) for part in _SHOWN if row.get(part))}
        return None

    def _is_person(
        self, draft: Draft, current: Row | None, record_type: Callable[[str], Mapping[str, Any] | None]
    ) -> bool:
        if current is not None:
            return bool(current[IS_PERSON])
        given = draft.values.get("RecordTypeId")
        chosen = record_type(given) if given is not None else None
        if chosen is not None:
            seed: RecordTypeSeed | None = self._types.get(chosen["DeveloperName"])
            return seed is not None and seed.person
        return draft.values.get(_LAST_NAME) is not None
