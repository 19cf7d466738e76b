"""Pairs of a field and a value, and the two APIs of an org that tell whether a value is taken."""

import csv
import io
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe, parse_object_describe
from ziggy_sf_write.salesforce.ids import to_18
from ziggy_sf_write.validation import CheckOptions, ItemProblem, Operation, compile_checker

OBJECTS = ("Project__c", "Account", "Contact", "Lead", "Opportunity", "Case", "Campaign", "Attachment")
CALL_SIZE = 200

# Refusals that no describe foretells: uniqueness, rules of the org, rows that do not exist (block specification, 4).
ONLY_THE_ORG_KNOWS = frozenset(
    {
        "DUPLICATE_VALUE",
        "DUPLICATES_DETECTED",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "FIELD_FILTER_VALIDATION_EXCEPTION",
        "INVALID_CROSS_REFERENCE_KEY",
        "ENTITY_IS_DELETED",
    }
)

_SCALARS: Sequence[JsonValue] = (
    None, True, False, 0, 1, -1, 2, 12, 1.5, -0.5, 0.30000000000000004, 1e22, 1e300, 2**31 - 1, 2**31, -(2**31) - 1,
    2**63 - 1, 2**63, 10**18, "12", "-7", " 12 ", "1.50", "1e3", "1,000", "12 %", "0x10", "1e300", "twelve", "yes",
    "no", "TRUE", "true", "False", "0", "1", "t", " ", "  x ", "null", "a\nb", "<b>&amp;</b>", "it's", '"', "\\", "a;b",
    ";", 999_999_999_999_999_999, "123456789012345678", "9007199254740993", 1e15, 123456789012345.6, 42.5, "237.631",
    "12.3456", "12\u00a0", "\u200312", "true\u00a0", "x\u0085", "\u00a0",
)  # fmt: skip
_MOMENTS: Sequence[JsonValue] = (
    "2026-11-23", "2024-02-29", "2023-02-29", "2026-02-30", "1700-01-01", "1699-12-31", "4000-12-31", "4001-01-01",
    "03/04/2026", "20261123", "2026-W47-1", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.123+01:00",
    "2026-11-23 10:00+01:00", "2026-11-23T10:00:00+0100", "2026-11-23T10:00:00", "2026-11-23T25:00:00Z",
    "2026-11-23T10:00Z", "10:00", "10:00:00", "10:00:00.000Z", "24:00:00", "10 o'clock", "09:30:15+02:00",
    "2026-11-23T10:00:00+01", "2026-11-23T10:00:00-03", "2026-11-23T10:00:00+0530", "2026-11-23T00:00:00",
    "2026-11-23T00:00:00Z", "2026-11-23T00:00:00+02:00", "2026-11-23\u00a0",
)  # fmt: skip
_TEXTS: Sequence[JsonValue] = (
    "ada@example.com", "foo", "a@b", "a..b@example.com", ".a@example.com", "ü@münchen.de", "a@b@c.de", "a b@c.de",
    "+31 20 123", "https://example.com", "Ünïcödé", "日本語", "\U0001f600", "aGVsbG8=", "aGVsbG8", "not base64!",
)  # fmt: skip
_STRUCTURES: Sequence[JsonValue] = ([], ["a"], [1, 2], {}, {"a": 1}, [[]], {"attributes": {"type": "Account"}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A value for a field, and what the checker says of it."""

    info: FieldInfo
    value: JsonValue
    record: Mapping[str, JsonValue]
    problems: tuple[ItemProblem, ...]
    are_targets_listed: bool

    def __str__(self) -> str:
        verdict = self.problems[0].code if self.problems else f"written as {self.record.get(self.info.name)!r:.60}"
        return f"{self.info.name} ({self.info.type}): {self.value!r:.60} is {verdict}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneObject:
    """An object of the org with enough records that each pair has one of its own."""

    api: Api
    describe: ObjectDescribe
    ids: Sequence[str]
    random: Random = field(repr=False)

    def pairs(self, count: int) -> Iterator[Pair]:
        """At most that many pairs over all fields."""
        prefixes = self.key_prefixes()
        options = CheckOptions(operation=Operation.UPDATE, match_key="Id", key_prefixes=prefixes)
        checker = compile_checker(self.describe, options)
        fields = [one for one in self.describe.fields if one.name != "Id"]
        writable = [one for one in fields if one.can_update] or fields
        for place in range(count):
            # Each writable field gets its share, and one pair in ten asks for what may not be written.
            info = self.random.choice(fields) if place % 10 == 9 else writable[place % len(writable)]
            value = self._value(info)
            record, problems = checker.check({"Id": self.ids[0], info.name: value})
            written = {key: one for key, one in record.items() if key != "Id"}
            if written or problems:
                are_targets_listed = prefixes.keys() >= set(info.reference_to)
                yield Pair(
                    info=info,
                    value=value,
                    record=written,
                    problems=tuple(problems),
                    are_targets_listed=are_targets_listed,
                )

    def key_prefixes(self) -> Mapping[str, str]:
        """Object → key prefix, as the global describe tells."""
        found = self.api.get("sobjects").json()["sobjects"]
        return {one["name"]: one["keyPrefix"] for one in found if one["keyPrefix"]}

    def _value(self, info: FieldInfo) -> JsonValue:
        odd = self._odd(info)
        pools = (_near(info), _SCALARS, _MOMENTS, _TEXTS, _STRUCTURES, odd, odd, odd)
        return self.random.choice(self.random.choice(pools) or (None,))

    def _odd(self, info: FieldInfo) -> Sequence[JsonValue]:
        draw = self.random
        day = f"{draw.randint(1600, 4100):04}-{draw.randint(1, 13):02}-{draw.randint(1, 31):02}"
        clock = f"{draw.randint(0, 25):02}:{draw.randint(0, 61):02}:{draw.randint(0, 61):02}"
        digits = info.digits or info.precision - info.scale or 9
        length = draw.randint(0, 2 * min(info.length or 40, 300))
        return (
            draw.randint(-(10 ** (digits + 1)), 10 ** (digits + 1)),
            round(draw.uniform(-(10**digits), 10**digits) * 1.5, draw.randint(0, 5)),
            str(draw.randint(0, 10 ** (digits + 1))),
            "".join(chr(draw.randint(32, 0x2FF)) for _ in range(length)),
            "".join(draw.choice("ab.@-_ ,;é1") for _ in range(draw.randint(1, 14))),
            f"{draw.choice('abcé')}{draw.randint(0, 10**6)}@{draw.choice(['x', 'x.y', 'x..y', 'x_y.z', 'é.fr'])}",
            day,
            f"{day}T{clock}{draw.choice(['Z', '+01:00', '.5Z', '-0330', ''])}",
            clock,
            to_18("".join(draw.choice("0015aAzZ") for _ in range(15))),
        )


def invent_describe(seed: int) -> dict[str, JsonValue]:
    """The describe of an object that no org has: fields of every type that is written, with sizes by chance."""
    draw = Random(seed)  # noqa: S311 (the same object each time)
    fields = [_invent_field(draw, f"F{place}__c", kind) for place, kind in enumerate(_INVENTED * 3)]
    name = {"name": "Name", "type": "string", "length": 80, "createable": True, "updateable": True, "nameField": True}
    record_id = {"name": "Id", "type": "id", "length": 18, "nillable": False, "idLookup": True}
    return {
        "name": f"Invented{seed}__c",
        "label": f"Invented {seed}",
        "keyPrefix": f"b{seed:02}",
        "createable": True,
        "updateable": True,
        "fields": [{"createable": False, "updateable": False, **one} for one in (record_id, name, *_SYSTEM, *fields)],
    }


# What every object of every org has.
_SYSTEM: Sequence[dict[str, JsonValue]] = (
    {"name": "IsDeleted", "type": "boolean", "nillable": False},
    {"name": "CreatedDate", "type": "datetime", "nillable": False},
    {"name": "LastModifiedDate", "type": "datetime", "nillable": False},
    {"name": "SystemModstamp", "type": "datetime", "nillable": False},
    {"name": "CreatedById", "type": "reference", "nillable": False, "referenceTo": ["User"]},
    {"name": "LastModifiedById", "type": "reference", "nillable": False, "referenceTo": ["User"]},
)
_INVENTED = (
    "string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox", "encryptedstring",
    "boolean", "int", "long", "double", "currency", "percent", "date", "datetime", "time", "base64", "reference",
)  # fmt: skip


def _invent_field(draw: Random, name: str, kind: str) -> dict[str, JsonValue]:
    scale = draw.randint(0, 6)
    values = [f"{word} {number}" for number, word in enumerate(("Hot", "Warm", "Été", "cold"))]
    facts: dict[str, JsonValue] = {
        "name": name,
        "label": name,
        "type": kind,
        "createable": True,
        "updateable": draw.random() < 0.95,
        # Checkboxes of real orgs are never nillable.
        "nillable": kind != "boolean" and draw.random() < 0.8,
        "defaultedOnCreate": True,
        "length": draw.choice([1, 5, 40, 80, 255, 4000]),
    }
    if kind in ("double", "currency", "percent"):
        facts |= {"precision": scale + draw.randint(1, 9), "scale": scale}
    if kind == "int":
        facts["digits"] = draw.randint(1, 9)
    if "picklist" in kind:
        entries = [{"value": one, "label": one.upper(), "active": draw.random() < 0.8} for one in values]
        facts |= {"picklistValues": entries, "restrictedPicklist": draw.random() < 0.7, "length": 255}
    if kind == "reference":
        facts |= {"referenceTo": ["Account"], "relationshipName": name.replace("__c", "__r"), "length": 18}
    return facts


def open_object(org: Sandbox, name: str, *, records: int, seed: int) -> OneObject:
    """An object whose records were put in past the rules, so that every update starts from a sound record."""
    api = Api(org=org)
    describe = parse_object_describe(api.get(f"sobjects/{name}/describe").json())
    rows = [{one.name: _sound(one, place) for one in describe.fields if _is_needed(one)} for place in range(records)]
    return OneObject(api=api, describe=describe, ids=org.insert(name, rows), random=Random(seed))  # noqa: S311 (the same pairs each time)


def parents_by_every_field(one: OneObject) -> Iterator[tuple[FieldInfo, ObjectDescribe, dict[str, JsonValue]]]:
    """Each writable relationship, each object it may point at, and its value by each field of that object."""
    for info in one.describe.fields:
        for target in info.reference_to if info.relationship_name and info.can_update else ():
            parent = parse_object_describe(one.api.get(f"sobjects/{target}/describe").json())
            kind = {"attributes": {"type": target}} if info.is_polymorphic else {}
            for key in parent.fields:
                yield info, parent, {str(info.relationship_name): {**kind, key.name: _any_sound(key, parent)}}


def names_a_parent(one: OneObject, record: Mapping[str, JsonValue]) -> bool:
    """Whether the org understood which parent is meant; that there is none is not the question."""
    answer = one.api.call("PATCH", f"sobjects/{one.describe.name}/{one.ids[0]}", json=record)
    if answer.status_code < 300:
        return True
    (error,) = answer.json()
    return error["errorCode"] in ONLY_THE_ORG_KNOWS or error["message"].startswith("Foreign key external ID")


def refusals_by_collections(one: OneObject, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, str]]:
    """What sObject Collections refuse of what the checker would write: one record for each pair."""
    for start in range(0, len(pairs), CALL_SIZE):
        batch = pairs[start : start + CALL_SIZE]
        sent = [{**pair.record, "Id": one.ids[place]} for place, pair in enumerate(batch)]
        answers = one.api.update_many(one.describe.name, sent)
        if "errorCode" in answers[0]:
            raise AssertionError(f"the call was refused as a whole: {answers[0]}")
        for pair, answer in zip(batch, answers, strict=True):
            if not answer["success"]:
                yield pair, answer["errors"][0]["statusCode"]


def is_taken_alone(one: OneObject, pair: Pair) -> bool:
    """Whether a single update takes the raw value: type errors would fail a whole call of Collections."""
    body = json.dumps({pair.info.name: pair.value})
    path = f"sobjects/{one.describe.name}/{one.ids[0]}"
    answer = one.api.call("PATCH", path, data=body, headers={"Content-Type": "application/json"})
    return answer.status_code < 300 or answer.json()[0]["errorCode"] in ONLY_THE_ORG_KNOWS


def refusals_by_bulk(one: OneObject, cells: Sequence[tuple[Pair, str]]) -> dict[int, str]:
    """What Bulk API 2.0 refuses: place of the pair → error. A row has one cell; empty ones change nothing."""
    columns = sorted({pair.info.name for pair, _ in cells})
    text = io.StringIO()
    writer = csv.DictWriter(text, ["Id", *columns], restval="", lineterminator="\n")
    writer.writeheader()
    for place, (pair, cell) in enumerate(cells):
        writer.writerow({"Id": one.ids[place], pair.info.name: cell})
    job = one.api.call("POST", "jobs/ingest", json={"object": one.describe.name, "operation": "update"}).json()
    path = f"jobs/ingest/{job['id']}"
    one.api.call("PUT", f"{path}/batches", data=text.getvalue().encode(), headers={"Content-Type": "text/csv"})
    one.api.call("PATCH", path, json={"state": "UploadComplete"})
    places = {record_id: place for place, record_id in enumerate(one.ids[: len(cells)])}
    failed = csv.DictReader(io.StringIO(_finished(one.api, path), newline=""))
    return {places[row["sf__Id"] or row["Id"]]: row["sf__Error"] for row in failed}


def cell_of(value: JsonValue) -> str | None:
    """A value as a CSV cell, or None where Bulk has no way to say it."""
    if value is None:
        return "#N/A"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value if isinstance(value, str) and value and "\r" not in value else None


def _finished(api: Api, path: str) -> str:
    tick, deadline = threading.Event(), time.monotonic() + 120
    while (state := api.get(path).json())["state"] not in ("JobComplete", "Failed"):
        if time.monotonic() > deadline:
            raise AssertionError(f"the job does not end: {state}")
        tick.wait(0.01)
    if state["state"] == "Failed":
        raise AssertionError(f"the job was refused as a whole: {state['errorMessage']}")
    answer = api.get(f"{path}/failedResults")
    answer.encoding = "utf-8"
    return answer.text


def _is_needed(info: FieldInfo) -> bool:
    return info.is_required_on_create or (info.is_name_field and info.can_create)


def _sound(info: FieldInfo, place: int) -> JsonValue:
    if info.picklist_values:
        return next(one.value for one in info.picklist_values if one.is_active)
    if info.type is FieldType.DATE:
        return "2026-11-23"
    if info.type is FieldType.REFERENCE:
        return to_18(f"001{place:012}")
    return "aGVsbG8=" if info.type is FieldType.BASE64 else f"name {place}"


def _any_sound(info: FieldInfo, describe: ObjectDescribe) -> JsonValue:
    by_type: dict[FieldType, JsonValue] = {
        FieldType.ID: to_18(f"{describe.key_prefix}000000000001"),
        FieldType.EMAIL: "ada@example.com",
        FieldType.BOOLEAN: True,
        FieldType.DATETIME: "2026-11-23T10:00:00Z",
        FieldType.TIME: "10:00:00.000Z",
        **dict.fromkeys((FieldType.INT, FieldType.LONG, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT), 7),
    }
    return by_type.get(info.type, _sound(info, 1))


def _near(info: FieldInfo) -> Sequence[JsonValue]:
    """Values around the borders of a field: just right and just wrong."""
    found: list[JsonValue] = []
    if info.length and info.length < 5_000:
        found += ["x" * info.length, "é" * (info.length + 1), f" {'x' * info.length} ", "x" * (info.length - 1)]
    whole = info.digits or info.precision - info.scale
    if whole > 0:
        found += [10**whole - 1, 10**whole, -(10**whole) + 1, -(10**whole), f"{10**whole - 1}", f"{10**whole}"]
    found += [90, 90.5, -180, 180.5] if info.compound_field_name else []
    for one in info.picklist_values[:5]:
        found += [one.value, one.value.upper(), f"{one.value}x", one.label, f"{one.value};{one.value}", [one.value]]
    if info.type is FieldType.REFERENCE:
        found += [
            to_18("001000000000001"),
            "001000000000001",
            "003000000000001AAB",
            "invalidId",
            to_18("500000000000001"),
        ]
    return found
