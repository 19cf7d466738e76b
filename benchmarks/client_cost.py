"""CPU of the client for one 20-field item from edge to outcome, against two yardsticks in the same run: `json.dumps` of
the same items, and the least that a client can do to write them.
"""

import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from limit_client import token_of, upsert
from support import headline, line, run_block, served_org

from ziggy_sf_write.salesforce.org import ORGS

COUNT, ROUNDS, AT_ONCE, FEW_SETS = 20_000, 5, 5, 20
NEEDED = ("Ext__c", "Name")


def item(number: int) -> dict[str, Any]:
    """Twenty fields that Account has, of the types that people write most."""
    return {
        "Ext__c": f"k{number}",
        "Name": f"Account {number}",
        "Phone": "+41 44 000 00 00",
        "Fax": "+41 44 000 00 01",
        "Website": "https://example.com/a",
        "Industry": "Agriculture",
        "Type": "Customer - Direct",
        "Description": "A text of some length, as descriptions are.",
        "AnnualRevenue": number * 10,
        "NumberOfEmployees": number % 1000,
        "BillingStreet": "Bahnhofstrasse 1",
        "BillingCity": "Zürich",
        "BillingState": "ZH",
        "BillingPostalCode": "8001",
        "BillingCountry": "Switzerland",
        "ShippingStreet": "Bahnhofstrasse 2",
        "ShippingCity": "Bern",
        "ShippingState": "BE",
        "ShippingPostalCode": "3000",
        "ShippingCountry": "Switzerland",
    }


def sparse(number: int, sets: int) -> dict[str, Any]:
    """The same with half of its optional keys left out, in one of so many sets of keys."""
    dice = random.Random(number % sets)
    return {name: value for name, value in item(number).items() if name in NEEDED or dice.random() < 0.5}


def one_blank(number: int) -> dict[str, Any]:
    """The same with one of its optional cells blank, each in its turn."""
    whole = item(number)
    optional = [name for name in whole if name not in NEEDED]
    return {**whole, optional[number % len(optional)]: ""}


def half_blank(number: int) -> dict[str, Any]:
    """The same with ten of its twenty cells blank, drawn for each item anew."""
    whole = item(number)
    optional = [name for name in whole if name not in NEEDED]
    return {**whole, **dict.fromkeys(random.Random(number).sample(optional, len(whole) // 2), "")}


def cpu_us(work: Callable[[], object]) -> float:
    """Microseconds of CPU an item."""
    started = time.process_time()
    work()
    return (time.process_time() - started) / COUNT * 1e6


def main() -> None:
    """Measures all sides, round by round."""
    headline("CPU of the client for one 20-field item, edge to outcome")
    items = [item(number) for number in range(COUNT)]
    few = [sparse(number, FEW_SETS) for number in range(COUNT)]
    many = [sparse(number, COUNT) for number in range(COUNT)]
    one, half = [one_blank(number) for number in range(COUNT)], [half_blank(number) for number in range(COUNT)]
    rounds: list[dict[str, float]] = []
    with served_org("none") as org:
        run_block(org, items[:200])
        token = token_of(org)
        sides: dict[str, Callable[[], object]] = {
            "json.dumps": lambda: json.dumps(items),
            "the least": lambda: upsert(org, token, items, at_once=AT_ONCE),
            "validation off": lambda: run_block(org, items, api="collections"),
            "validation on": lambda: run_block(org, items, validate=True, api="collections"),
            "one cell blank": lambda: run_block(org, one, validate=True, api="collections"),
            "half of the cells blank": lambda: run_block(org, half, validate=True, api="collections"),
            "20 sets of keys": lambda: run_block(org, few, validate=True, api="collections"),
            "a set of keys each": lambda: run_block(org, many, validate=True, api="collections"),
        }
        for _ in range(ROUNDS):
            rounds.append({name: cpu_us(side) for name, side in sides.items()})
            print("  " + ", ".join(f"{name} {took:.1f} µs" for name, took in rounds[-1].items()), flush=True)
    ORGS.clear()
    for side, yardstick, bar in (
        ("validation off", "json.dumps", 4.0),
        ("validation off", "the least", 2.1),
        ("validation on", "the least", 2.6),
        ("one cell blank", "validation on", 1.1),
        ("half of the cells blank", "validation on", 1.15),
        ("a set of keys each", "20 sets of keys", 1.3),
    ):
        ratios = [one[side] / one[yardstick] for one in rounds]
        ratio = statistics.median(ratios)
        told = f"{ratio:.2f} times (median of {ROUNDS}, {min(ratios):.2f} to {max(ratios):.2f})"
        line(f"{side}, against {yardstick}", told, bar=f"at most {bar:g} times", is_met=ratio <= bar)


if __name__ == "__main__":
    main()
