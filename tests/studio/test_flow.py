"""Flow files: what keeps one from running is said in a sentence."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ziggy_studio.errors import FlowError, UsageProblem
from ziggy_studio.flow import Flow, read_flow
from ziggy_studio.plugins import descriptors, make_plugin_manager

RECEIVER = {"id": "in", "type": "RECEIVER_V1"}
SINK = {"id": "out", "type": "SINKHOLE_V1"}
WIRE = {"source": "in", "target": "out"}


def _read(tmp_path: Path, *, blocks: list[Any] | None = None, edges: list[Any] | None = None, **more: Any) -> Flow:
    path = tmp_path / "flow.yaml"
    blocks = blocks if blocks is not None else [RECEIVER, SINK]
    edges = edges if edges is not None else [WIRE]
    path.write_text(yaml.safe_dump({"name": "Test", "blocks": blocks, "edges": edges, **more}))
    return read_flow(path, descriptors(make_plugin_manager(plugins=[])))


def test_edges_without_handles_join_the_first_ones(tmp_path: Path) -> None:
    (edge,) = _read(tmp_path).edges
    assert (edge.id, edge.output) == ("in.o0-out.i0", 0)


def test_notes_are_nothing_to_a_run(tmp_path: Path) -> None:
    notes = [{"text": "Ask Ann first", "position": {"x": 1, "y": -2.5}}, {"text": "", "width": 300, "height": 120.5}]
    assert _read(tmp_path, notes=notes) == _read(tmp_path)


@pytest.mark.parametrize("note", ["a text", {}, {"text": 1}, {"text": "a", "color": "red"}])
def test_a_note_that_is_none_is_refused_by_its_line(tmp_path: Path, note: object) -> None:
    with pytest.raises(FlowError, match="line 11:"):
        _read(tmp_path, notes=[note])


@pytest.mark.parametrize("size", [{"width": 0}, {"height": "tall"}, {"width": -1.5, "height": 90}])
def test_a_size_that_no_note_can_have_is_refused_by_name(tmp_path: Path, size: dict[str, object]) -> None:
    with pytest.raises(FlowError, match=r"line 1[123]: `notes\.0\.(width|height)` is"):
        _read(tmp_path, notes=[{"text": "a", **size}])


CYCLE = [RECEIVER, {"id": "a", "type": "TEST_DATA_V1"}, {"id": "b", "type": "TEST_DATA_V1"}]


def _wires(*pairs: str) -> list[dict[str, str]]:
    """`_wires("in>a")` is the edge from `in` to `a`."""
    return [dict(zip(("source", "target"), pair.split(">"), strict=True)) for pair in pairs]


BATCHES = [RECEIVER, *({"id": name, "type": "BATCH_V1"} for name in "ab"), {"id": "m", "type": "MAPPER_V1"}]
BATCHES += [{"id": "end", "type": "BATCH_END_V1"}]
STORED = {"id": "b", "type": "DATA_STORE_V1", "config": {"operation": "read", "namespace": "n", "batchSize": 2}}
TWO_LOOPS = _wires("in>a", "in>b", "a>m", "b>m", "m>end")
WRONG = {
    "unknown block type": ({"blocks": [RECEIVER, {**SINK, "type": "SINKHOL_V1"}]}, "did you mean `SINKHOLE_V1`"),
    "two Receivers": ({"blocks": [RECEIVER, {**RECEIVER, "id": "too"}], "edges": []}, "it has 2: in, too"),
    "no Receiver": ({"blocks": [SINK], "edges": []}, "it has none"),
    "an id twice": ({"blocks": [RECEIVER, SINK, SINK]}, "2 blocks have the id `out`"),
    "cycle": (
        {"blocks": CYCLE, "edges": [{"source": "a", "target": "b"}, {"source": "b", "target": "a"}]},
        "run in a circle",
    ),
    "two loops that meet": ({"blocks": BATCHES, "edges": TWO_LOOPS}, "`m` gets batches from both `a` and `b`"),
    "two loops that meet, one from the Data Store": (
        {"blocks": [STORED if one["id"] == "b" else one for one in BATCHES], "edges": TWO_LOOPS},
        "`m` gets batches from both `a` and `b`",
    ),
    "a loop that waits for its own end": (
        {"blocks": BATCHES, "edges": _wires("in>a", "a>b", "b>end", "end>m", "a>m")},
        "`m` works on each batch of `a` and waits for what comes behind",
    ),
    "an edge's id twice": (
        {"edges": [{**WIRE, "id": "e"}, {"id": "e", "source": "in", "target": "out"}]},
        "2 edges have the id `e`",
    ),
    "an edge twice": ({"edges": [WIRE, WIRE]}, "2 edges have the id `in.o0-out.i0`"),
    "unknown end": ({"edges": [{"source": "in", "target": "outt"}]}, "did you mean `out`"),
    "output that is not there": ({"edges": [{**WIRE, "sourceHandle": "o1"}]}, "a Receiver block has 1 output"),
    "input that is not there": ({"edges": [{**WIRE, "targetHandle": "i3"}]}, "a Sinkhole block has 1 input"),
    "misspelled key": ({"blocs": []}, "did you mean `blocks`"),
    "no time at all": ({"timeout": float("nan")}, "`timeout` is no number"),
    "a time without end": ({"timeout": float("inf")}, "it must be 2592000 or less"),
    "wrong type": ({"timeout": "soon"}, "it must be a number"),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_a_flow_that_cannot_run_says_why(tmp_path: Path, parts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FlowError, match="flow") as caught:
        _read(tmp_path, **parts)
    assert sentence in str(caught.value)


def test_a_loop_within_another_may_run(tmp_path: Path) -> None:
    _read(tmp_path, blocks=BATCHES, edges=_wires("in>a", "a>b", "b>m", "m>end"))


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("flow.yaml", "name: [", "flow.yaml line 1: this is not YAML"),
        ("flow.json", '{\n"name": }', "flow.json line 2: this is not JSON"),
        ("flow.yaml", "name: x\non: y", "flow.yaml line 2: a key is no text"),
        ("flow.json", "[" * 100_000, "flow.json: this is nested too deeply"),
        ("flow.yaml", "just a text", "it must be a group of settings"),
        ("flow.yaml", "a: !!python/object/apply:os.system [ls]", "this is not YAML"),
    ],
)
def test_a_file_that_cannot_be_parsed_says_where(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageProblem, match=sentence):
        read_flow(tmp_path / name, {})


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="does not exist"):
        read_flow(tmp_path / "gone.yaml", {})
