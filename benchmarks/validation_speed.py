"""How fast valid items are checked, beside `json.dumps`, `jsonschema` and `fastjsonschema` with the same constraints.

`python benchmarks/validation_speed.py` exits with 1 where a bar is missed. Bars are judged by CPU time: all contestants
run in one thread and wait for nothing, and on a busy machine wall time tells who was interrupted. Each round yields one
ratio of two neighbours in time; the median of these counts, and their 10th and 90th percentile are printed beside it.
Wall time and the machine's load are printed too, so that a noisy run is seen as one.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import fastjsonschema
import jsonschema

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import ObjectDescribe, parse_object_describe
from ziggy_sf_write.salesforce.ids import to_18
from ziggy_sf_write.validation import CheckOptions, Operation, compile_checker, compile_converter

_INDUSTRIES = [f"Industry {number}" for number in range(32)]
_ID = {"type": "string", "pattern": "^[0-9A-Za-z]{15}([A-Z0-5]{3})?$"}
_MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$"


def _field(name: str, kind: str, **facts: JsonValue) -> dict[str, JsonValue]:
    return {"name": name, "type": kind, "nillable": True, "createable": True, "updateable": True, **facts}


def _text(limit: int) -> dict[str, JsonValue]:
    return {"type": ["string", "null"], "maxLength": limit}


def _number(digits: int) -> dict[str, JsonValue]:
    return {"type": ["number", "null"], "exclusiveMinimum": -(10**digits), "exclusiveMaximum": 10**digits}


def _restricted(values: Sequence[str]) -> dict[str, JsonValue]:
    return {"picklistValues": [{"value": one, "active": True} for one in values], "restrictedPicklist": True}


_PARENT = {"referenceTo": ["Account"], "relationshipName": "Parent"}
_OWNER = {"referenceTo": ["User"], "relationshipName": "Owner"}

# Field, its constraint as a JSON Schema, and a valid value: the mix of an everyday object.
FIELDS: list[tuple[dict[str, JsonValue], dict[str, JsonValue], JsonValue]] = [
    (_field("Id", "id", createable=False, updateable=False), _ID, to_18("0018a00001rBqb8")),
    (_field("Name", "string", length=255, nillable=False), {"type": "string", "maxLength": 255}, "Acme Holding"),
    (_field("AccountNumber", "string", length=40), _text(40), "CD-355118"),
    (_field("Site", "string", length=80), _text(80), "Head office"),
    (_field("BillingStreet", "textarea", length=255), _text(255), "345 Shoreline Park\nMountain View"),
    (_field("BillingCity", "string", length=40), _text(40), "Mountain View"),
    (_field("BillingPostalCode", "string", length=20), _text(20), "94043"),
    (_field("BillingCountry", "string", length=80), _text(80), "USA"),
    (_field("Phone", "phone", length=40), _text(40), "+1 650 555 0100"),
    (_field("Website", "url", length=255), _text(255), "https://acme.example.com"),
    (_field("Description", "textarea", length=32000), _text(32000), "A long-standing customer of ours. " * 4),
    (_field("Industry", "picklist", length=255, **_restricted(_INDUSTRIES)), {"enum": _INDUSTRIES}, "Industry 17"),
    (_field("Type", "picklist", length=255, **_restricted(["A", "B"])), {"enum": ["A", "B"]}, "B"),
    (_field("Email__c", "email", length=80), {"type": "string", "pattern": r"^[^@\s]+@[^@\s]+$"}, "ada@example.com"),
    (_field("Active__c", "boolean", nillable=False), {"type": "boolean"}, True),
    (_field("NumberOfEmployees", "int", digits=8), {**_number(8), "type": ["integer", "null"]}, 1_200),
    (_field("AnnualRevenue", "currency", precision=18, scale=2), _number(16), 1_250_000.5),
    (_field("Founded__c", "date"), {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}, "1998-04-01"),
    (_field("Reviewed__c", "datetime"), {"type": "string", "pattern": _MOMENT}, "2026-11-23T10:00:00.000+01:00"),
    (_field("OwnerId", "reference", **_OWNER), _ID, to_18("0058a00001rBqb8")),
]
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {field["name"]: schema for field, schema, _ in FIELDS},
    "additionalProperties": False,
    "required": ["Id"],
}
OPTIONS = CheckOptions(operation=Operation.UPDATE, match_key="Id", key_prefixes={"User": "005"})


def make_items(count: int) -> list[dict[str, JsonValue]]:
    """Items as they come off an edge: each with its own values, so that nothing is compared by identity."""
    one = json.dumps({field["name"]: value for field, _, value in FIELDS})
    return [{**json.loads(one), "AccountNumber": f"CD-{number}"} for number in range(count)]


def make_describe(width: int = 0) -> ObjectDescribe:
    """The object above, padded to `width` fields."""
    fields = [field for field, *_ in FIELDS]
    fields += [_field(f"Extra{place}__c", FIELDS[1 + place % 18][0]["type"]) for place in range(width - len(fields))]
    return parse_object_describe({"name": "Account", "keyPrefix": "001", "fields": fields})


def contestants(items: list[dict[str, JsonValue]]) -> dict[str, Callable[[], object]]:
    """What is measured: each goes over all items once."""
    check = compile_checker(make_describe(), OPTIONS).check
    convert = compile_converter(make_describe(), OPTIONS).check
    fast = fastjsonschema.compile(SCHEMA)
    slow = jsonschema.Draft7Validator(SCHEMA)
    if any(check(one)[1] for one in items) or not slow.is_valid(items[0]):
        raise SystemExit("the items are not all valid: the measurement would mean nothing")
    few = items[: max(1, len(items) // 20)]
    scale = len(items) / len(few)
    return {
        "json.dumps": lambda: [json.dumps(one) for one in items],
        "checker": lambda: [check(one) for one in items],
        "converter (validation off)": lambda: [convert(one) for one in items],
        "fastjsonschema": lambda: [fast(one) for one in items],
        f"jsonschema (x{scale:.0f})": lambda: [slow.is_valid(one) for one in few],
    }


def compile_wide() -> None:
    """Compiles for an object of 800 fields and checks an item that has them all, so that nothing is put off."""
    item = {one.name: None for one in _WIDE.fields} | {"Id": to_18("0018a00001rBqb8")}
    compile_checker(_WIDE, OPTIONS).check(item)


_WIDE = make_describe(800)
COMPILE = "compile 800 fields"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one contestant took in one round, in seconds."""

    cpu: float
    wall: float


def measure(items: list[dict[str, JsonValue]], rounds: int) -> dict[str, list[Round]]:
    """The rounds of each contestant; all take turns within a round."""
    runs = {**contestants(items), COMPILE: compile_wide}
    found: dict[str, list[Round]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            found[name].append(Round(cpu=time.process_time() - cpu, wall=time.perf_counter() - wall))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures the checker against its bars.")
    parser.add_argument("--items", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=21)
    arguments = parser.parse_args()
    found = measure(make_items(arguments.items), arguments.rounds)
    machine = f"{platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}"
    print(f"Python {platform.python_version()}, {machine}; {arguments.items} items, {arguments.rounds} rounds")
    print(f"{'median (least to most), ms':28} {'CPU':>8}{'':21}{'wall':>8}")
    for name, rounds in found.items():
        cpu, wall = [one.cpu * 1e3 for one in rounds], [one.wall * 1e3 for one in rounds]
        print(f"{name:28} {_spread(cpu)}   {_spread(wall)}")
    return report(found)


def report(found: dict[str, list[Round]]) -> int:
    """Prints each bar with what was reached; 1 where one is missed."""
    slow = next(name for name in found if name.startswith("jsonschema"))
    factor = float(slow.partition("(x")[2].rstrip(")"))
    bars = [
        ("checker / json.dumps, at most 3", _ratios(found, "json.dumps"), 3.0),
        ("checker / fastjsonschema, at most 1.5", _ratios(found, "fastjsonschema"), 1.5),
        ("checker / jsonschema, at most 0.1", [one / factor for one in _ratios(found, slow)], 0.1),
        ("compiling 800 fields, seconds, at most 0.05", [one.cpu for one in found[COMPILE]], 0.05),
    ]
    for name, reached, bar in bars:
        middle = statistics.median(reached)
        tenths = statistics.quantiles(reached, n=10)
        print(f"{'ok' if middle <= bar else 'MISSED':6} {name}: {middle:.3f} ({tenths[0]:.3f} to {tenths[-1]:.3f})")
    return int(any(statistics.median(reached) > bar for _, reached, bar in bars))


def _ratios(found: dict[str, list[Round]], name: str) -> list[float]:
    return [ours.cpu / theirs.cpu for ours, theirs in zip(found["checker"], found[name], strict=True)]


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):8.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    sys.exit(main())
