"""What a checker is compiled for, and what it looks like from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import ObjectDescribe, Operation
from ziggy_sf_write.validation.problems import ItemProblem


class EmptyValues(StrEnum):
    """What an empty text does: leaves the property alone, or clears it. `None` always clears."""

    IGNORE = "ignore"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """Everything besides the describe that decides what is right for an item.

    An empty `properties` means every property on the item. `key_prefixes` maps an object's API name to the first three
    characters of its Ids; references to an object that is missing there are not checked for it. `parents` holds the
    describes of reference targets where they are known; without one, its key field is left to Salesforce to judge.
    """

    operation: Operation
    match_key: str
    properties: tuple[str, ...] = ()
    empty_values: EmptyValues = EmptyValues.IGNORE
    key_prefixes: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, ObjectDescribe] = field(default_factory=dict)


# The record to write and its problems; a record with problems is incomplete and must not be written.
Checked: TypeAlias = tuple[dict[str, JsonValue], Sequence[ItemProblem]]


class Checker(Protocol):
    """Judges items one by one. It keeps nothing of them, changes none, and may be used from several threads."""

    def check(self, item: Mapping[str, JsonValue]) -> Checked:
        """The record to write, under the describe's names, and all problems; never raises on account of the item.

        The record may be the item itself, so it is not to be changed either.

        A match key other than `Id` stays in the record even where it is not writable: whoever finds records by it
        removes it from what is sent.
        """
        ...

    def branch_problems(self, record: Mapping[str, JsonValue], operation: Operation) -> Sequence[ItemProblem]:
        """What is wrong with a checked record once a look-up has told whether it is created or updated."""
        ...
