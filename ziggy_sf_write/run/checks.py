"""The check of items by the org's own description: compiled for the keys that they bring, anew when either changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import AccessError
from ziggy_sf_write.run.outcomes import Reason, Stage, reasons_of_check
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.salesforce.metadata import describe_object, list_objects, picklists_of_record_type
from ziggy_sf_write.validation import CheckOptions, ItemProblem, Operation, compile_checker, compile_converter
from ziggy_sf_write.validation.picklists import RecordTypePicklists
from ziggy_sf_write.validation.rules import find_target

_RECORD_TYPES = "012"  # the key prefix of every org (section 4)
_KINDS = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "an array",
    type(None): "null",
}


class Checks:
    """The checker of a run. Where the configuration does not validate, it only names fields and guards the key."""

    def __init__(self, config: WriteConfig, client: OrgClient, describe: ObjectDescribe) -> None:
        self._config = config
        self._client = client
        self._describe = describe
        self._known: set[JsonValue] = set()
        self._is_renewed = False
        self._picklists = RecordTypePicklists()
        self._checker = compile_converter(describe, self._options())

    def prepare(self, items: Sequence[JsonValue]) -> None:
        """Asks the org for what these items need: the key prefixes and the describes of what they refer to.

        Raises:
            LoginError, UnreachableError, CallFailed: the org does not tell.
        """
        if not self._config.validate:
            return
        used = set(self._config.properties) or {self._field_of(name) for name in _names(items)}
        if not used <= self._known or not self._known:
            self._known |= used
            self._compile()

    def check(self, item: JsonValue) -> tuple[dict[str, JsonValue], Sequence[Reason]]:
        """The record to write, and all that is wrong with the item; a record with reasons must not be written."""
        if not isinstance(item, dict):
            return {}, (_not_an_object(item),)
        record, problems = self._checker.check(item)
        if self._picklists.missing:
            self._ask_for_picklists()
            record, problems = self._checker.check(item)
        if not problems:
            return record, ()
        # Without validation an item is looked at only as far as it must be to be sent at all.
        return record, reasons_of_check(problems, Stage.CHECK if self._config.validate else Stage.INTAKE)

    def branch_problems(self, record: Mapping[str, JsonValue], operation: Operation) -> Sequence[ItemProblem]:
        """What is wrong with a checked record once a look-up has told whether it is created or updated."""
        problems = self._checker.branch_problems(record, operation)
        if self._picklists.missing:
            self._ask_for_picklists()
            problems = self._checker.branch_problems(record, operation)
        return problems

    def renew(self) -> None:
        """Salesforce has contradicted the describe: reads it again, once in a run, and checks by the new one."""
        if self._is_renewed:
            return
        self.forget()
        self._is_renewed = True
        self._describe = describe_object(self._client, self._config.object)
        self._compile()

    def forget(self) -> None:
        """Whoever needs the describe next asks the org."""
        self._client.org.catalog.drop_object(self._config.object)

    def _compile(self) -> None:
        fields = [self._describe.find_field(name) for name in self._known if isinstance(name, str)]
        refers = any(field and field.reference_to and not field.is_record_type for field in fields)
        prefixes = {one.name: one.key_prefix for one in list_objects(self._client) if one.key_prefix} if refers else {}
        prefixes = {"RecordType": _RECORD_TYPES, **prefixes}
        self._picklists = RecordTypePicklists()
        options = self._options(
            key_prefixes=prefixes, parents=dict(self._parents()), record_type_picklists=self._picklists
        )
        self._checker = compile_checker(self._describe, options)

    def _options(self, **more: JsonValue) -> CheckOptions:
        config, key = self._config, self._describe.find_field(self._config.match_key)
        # A key that cannot be written finds records and makes none; of Ids each item tells what it wants.
        may_create = config.upsert and key is not None and (key.can_create or key.name == ID_FIELD)
        return CheckOptions(
            operation=Operation.UPSERT if may_create else Operation.UPDATE,
            match_key=config.match_key,
            properties=config.properties,
            empty_values=config.advanced.empty_values,
            mapping=config.advanced.field_mapping,
            **more,
        )

    def _ask_for_picklists(self) -> None:
        missing, known = self._picklists.missing, self._picklists.known
        while missing:
            record_type = missing.pop()
            known[record_type] = picklists_of_record_type(self._client, self._describe.name, record_type)

    def _field_of(self, name: JsonValue) -> JsonValue:
        return self._config.field_of(name) if isinstance(name, str) else name

    def _parents(self) -> Iterator[tuple[str, ObjectDescribe]]:
        """The describes of the objects that items refer to by a relationship: `{"Account": {"Ext__c": "x"}}`."""
        named = [find_target(self._describe, name) for name in self._known if isinstance(name, str)]
        # A record type is found by its name in the object's own describe.
        parents = [one.info for one in named if one and one.is_relationship and not one.is_resolved]
        for target in sorted({target for info in parents for target in info.reference_to}):
            try:
                yield target, describe_object(self._client, target)
            except AccessError:
                continue  # a target that this user may not see is left to Salesforce to judge


def _names(items: Iterable[JsonValue]) -> set[JsonValue]:
    return set().union(*(item for item in items if isinstance(item, dict)))


def _not_an_object(item: JsonValue) -> Reason:
    kind = _KINDS.get(type(item), f"a {type(item).__name__}")
    message = f'The item is {kind}, but a record needs keys and values, such as {{"Name": "Acme"}}.'
    return Reason(stage=Stage.INTAKE, code="not_an_object", message=message)
