"""Deleting: to the recycle bin, with the children that a master-detail or a rule takes along (section 5.1)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from salesforce_sandbox.schema.model import Field, OnDelete, Schema, SObject

from .draft import Draft, Operation
from .ids import normalise
from .save import RowLocks, forbidden, locked_error
from .store import Store
from .temporal import stamp


class Deleter:
    """Deletes records of one org."""

    def __init__(self, schema: Schema, store: Store, *, now: Callable[[], datetime], locks: RowLocks) -> None:
        self._schema = schema
        self._store = store
        self._now = now
        self._locks = locks

    def delete(self, drafts: Sequence[Draft], *, only: SObject | None = None) -> None:
        """Moves the records named by given_id to the bin; each draft then has its record_id or its errors."""
        for draft in drafts:
            sobject = self._find(draft, only)
            if sobject is None or draft.record_id is None:
                continue
            row = self._store.rows_by_id(sobject, [draft.record_id]).get(draft.record_id)
            if row is None:
                draft.refuse("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            elif row["IsDeleted"]:
                draft.refuse("ENTITY_IS_DELETED", "entity is deleted")
            elif error := forbidden(sobject, Operation.DELETE):
                draft.errors.append(error)
            elif held := self._locks.held([draft.record_id]):
                draft.errors.append(locked_error(held, self._locks.code))
            elif blocker := self._blocker(sobject, draft.record_id):
                draft.refuse("DELETE_FAILED", _blocked(row.get("Name") or draft.record_id, blocker))
            else:
                self._bin(sobject, draft.record_id)

    def _find(self, draft: Draft, only: SObject | None) -> SObject | None:
        record_id = normalise(draft.given_id or "")
        sobject = self._schema.of_id(record_id) if record_id else None
        if record_id is None or sobject is None:
            draft.refuse("MALFORMED_ID", f"malformed id {draft.given_id}")
        elif only is not None and sobject is not only:
            message = f"{only.label} ID: id value of incorrect type: {draft.given_id}"
            draft.refuse("MALFORMED_ID", message, "Id")
        else:
            draft.record_id = record_id
        return sobject

    def _children(self, sobject: SObject, record_id: str, rule: OnDelete) -> Iterator[tuple[SObject, Field, list[str]]]:
        for child, reference, stated in self._schema.links_to(sobject):
            if stated is rule:
                found = self._store.children(child, reference, [record_id])
                if found:
                    yield child, reference, found

    def _blocker(self, sobject: SObject, record_id: str) -> tuple[SObject, list[str]] | None:
        for child, _, found in self._children(sobject, record_id, OnDelete.RESTRICT):
            return child, found
        return None

    def _bin(self, sobject: SObject, record_id: str) -> None:
        for child, _, found in self._children(sobject, record_id, OnDelete.CASCADE):
            for each in found:
                self._bin(child, each)
        for child, reference, found in self._children(sobject, record_id, OnDelete.CLEAR):
            for each in found:
                self._store.update(child, each, {reference.name: None})
        self._store.update(sobject, record_id, {"IsDeleted": True, "SystemModstamp": stamp(self._now())})


def _blocked(name: str, blocker: tuple[SObject, list[str]]) -> str:
    child, found = blocker
    listed = ", ".join(found[:5])
    return (
        f"Your attempt to delete {name} could not be completed because it is associated with the following "
        f"{child.plural.lower()}.: {listed}\n"
    )
