"""The core blocks besides the Receiver: what each makes of what arrives."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.host import FakeContext
from ziggy_sf_write.contract import Edge, HostError, StoreRecord
from ziggy_studio.blocks import core, data_store, mapper


def _run(block_type: str, config: dict[str, Any], items: Sequence[Any], context: FakeContext | None = None) -> Any:
    result = core.ziggy_execute(block_type, config, [Edge(index=0, items=items)], context or FakeContext())
    assert result is not None
    return list(result.outputs[0])


class TestMapper:
    def test_keys_are_renamed_and_a_dot_makes_an_object(self) -> None:
        config = {"keys": {"LastName": "surname", "Account.Ext__c": "no", "Account.Type": "kind"}}
        items = [{"surname": "Doe", "no": "A1", "kind": "x", "rest": 1}, {"surname": None}]
        assert _run("MAPPER_V1", config, items) == [
            {"LastName": "Doe", "Account": {"Ext__c": "A1", "Type": "x"}},
            {"LastName": None},
        ]

    def test_once_per_keeps_the_first(self) -> None:
        config = {"keys": {"k": "k", "n": "n"}, "oncePer": ["k"]}
        items = [{"k": 1, "n": 1}, {"k": "1", "n": 2}, {"k": 1, "n": 3}, {"n": 4}]
        assert [item["n"] for item in _run("MAPPER_V1", config, items)] == [1, 2, 4]

    def test_once_per_looks_into_the_objects_that_dots_make(self) -> None:
        config = {"keys": {"Account.Ext__c": "a", "n": "n"}, "oncePer": ["Account.Ext__c"]}
        items = [{"a": "x", "n": 1}, {"a": "y", "n": 2}, {"a": "x", "n": 3}]
        assert [item["n"] for item in _run("MAPPER_V1", config, items)] == [1, 2]
        assert [item["n"] for item in _run("MAPPER_V1", {**config, "oncePer": ["Account"]}, items)] == [1, 2]

    @pytest.mark.parametrize(
        ("config", "path", "sentence"),
        [
            ({"keys": {"Name": "n"}, "oncePer": ["Nmae"]}, "/oncePer/0", "`Nmae`, which is no new key of this Mapper"),
            ({"keys": {"Name": "n"}, "oncePer": ["n"]}, "/oncePer/0", "It makes Name."),
            ({"keys": {"A": "x", "A.B": "y"}}, "/keys/A", "`A` cannot be a value, and with `A.B` an object as well"),
            ({"keys": {"A.B.C": "x", "A.B": "y"}}, "/keys/A.B", "with `A.B.C` an object as well"),
        ],
        ids=["typo", "old key", "value and object", "deeper"],
    )
    def test_settings_that_contradict_each_other_are_said_before_and_end_the_run(
        self, config: dict[str, Any], path: str, sentence: str
    ) -> None:
        (problem,) = core.ziggy_check("MAPPER_V1", config, FakeContext()) or []
        assert (problem.path, sentence in problem.message) == (path, True)
        with pytest.raises(HostError, match=re.escape(sentence)):
            _run("MAPPER_V1", config, [{"x": 1, "y": 2, "n": 3}])

    def test_what_is_no_object_is_named(self) -> None:
        with pytest.raises(HostError, match="takes objects, but an item is 'text'"):
            mapper.execute({"keys": {}}, [Edge(index=0, items=["text"])], FakeContext())


class TestDataStore:
    def _context(self, *records: tuple[str, Any]) -> FakeContext:
        context = FakeContext()
        context.store.upsert_many(StoreRecord(name="ns", key=key, data=data) for key, data in records)
        return context

    def _keys(self, context: FakeContext) -> list[str]:
        return [record.key for record in context.store.find("ns", limit=99)]

    @pytest.mark.parametrize(
        ("emit", "expected"),
        [
            ("records", [{"key": "a", "data": {"reason": "r", "data": 1}}, {"key": "b", "data": 2}]),
            ("data", [{"reason": "r", "data": 1}, 2]),
            ("items", [1, 2]),
        ],
    )
    def test_it_reads_records_data_or_rejected_items(self, emit: str, expected: list[Any]) -> None:
        context = self._context(("b", 2), ("a", {"reason": "r", "data": 1}))
        config = {"operation": "read", "namespace": "ns", "emit": emit}
        assert _run("DATA_STORE_V1", config, [], context) == expected

    def test_it_reads_in_batches_although_records_go_meanwhile(self) -> None:
        context = self._context(*((key, key) for key in "abcde"))
        config = {"operation": "read", "namespace": "ns", "emit": "data", "batchSize": 2}
        read: list[Any] = []
        for gone in ("a", "e", "b"):
            result = data_store.execute(config, [Edge(index=0, items=[])], context)
            read.append(result.outputs[0])
            context.cursor = result.cursor
            context.store.delete_key("ns", gone)
        assert read == [["a", "b"], ["c", "d"], []]
        assert context.cursor is None

    def test_upsert_keeps_items_by_their_key_or_by_their_content(self) -> None:
        context = self._context()
        config = {"operation": "upsert", "namespace": "ns", "key": "no"}
        items = [{"no": 7, "x": 1}, {"x": 2}, {"no": "", "x": 2}, "text"]
        assert _run("DATA_STORE_V1", config, items, context) == items
        assert "7" in self._keys(context)
        assert [len(key) for key in self._keys(context) if key != "7"] == [32, 32, 32]

    def test_delete_removes_by_key(self) -> None:
        context = self._context(("7", 1), ("8", 2))
        _run("DATA_STORE_V1", {"operation": "delete", "namespace": "ns", "key": "no"}, [{"no": 7}], context)
        assert self._keys(context) == ["8"]

    def test_delete_what_was_written_compares_items_not_keys(self) -> None:
        """A second failed item of a key is kept too; only the one that was written may go."""
        rejected = [
            ("k", {"reason": "r", "data": {"Ext__c": "k", "Name": "first"}}),
            ("k (2)", {"reason": "r", "data": {"Ext__c": "k", "Name": "second"}}),
            ("short", {"reason": "r", "data": {"Id": "001000000000001", "Name": "n"}}),
            ("other", {"reason": "r", "data": {"Id": "001000000000002AAA", "Name": "n"}}),
        ]
        context = self._context(*rejected)
        written = [
            {"Ext__c": "k", "Name": "second", "Id": "001000000000009AAA"},
            {"Id": "001000000000001AAA", "Name": "n"},
        ]
        config = {"operation": "deleteWritten", "namespace": "ns"}
        assert _run("DATA_STORE_V1", config, written, context) == written
        assert self._keys(context) == ["k", "other"]

    @pytest.mark.parametrize("operation", ["upsert", "delete", "deleteWritten"])
    def test_a_preview_changes_nothing(self, operation: str) -> None:
        context = self._context(("7", {"no": 7}))
        config = {"operation": operation, "namespace": "ns", "key": "no", "dryRun": True}
        _run("DATA_STORE_V1", config, [{"no": 7}, {"no": 8}], context)
        assert self._keys(context) == ["7"]

    def test_its_dropdown_offers_the_namespaces(self) -> None:
        context = self._context(("7", 1))
        found = core.ziggy_choices(block_type="DATA_STORE_V1", field="namespace", context=context)
        assert found is not None
        assert [choice.value for choice in found] == ["ns"]
        assert core.ziggy_choices(block_type="OTHER", field="namespace", context=context) is None


@pytest.mark.parametrize("block_type", ["RECEIVER_V1", "TEST_DATA_V1"])
def test_test_data_that_cannot_be_read_is_said_before_the_run(block_type: str) -> None:
    problems = core.ziggy_check(block_type=block_type, config={"testData": "[{a: 1,, }]"}, context=FakeContext())
    assert problems is not None
    assert [(one.path, "cannot be read" in one.message) for one in problems] == [("/testData", True)]
    assert core.ziggy_check(block_type=block_type, config={"testData": "[{a: 1}]"}, context=FakeContext()) == []


def test_a_misspelled_setting_of_a_core_block_is_named() -> None:
    problems = core.ziggy_check(block_type="BATCH_V1", config={"batchsize": 1}, context=FakeContext())
    assert problems is not None
    assert "did you mean `batchSize`" in problems[0].message
