"""How many rows of a stream are held whenever the next one is read, for whoever takes it: JSON on stdout."""

import gc
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

from salesforce_sandbox import Sandbox
from tests.support.orgs import context_for
from tests.support.streams import CONFIG
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.executor import Execution, Part
from ziggy_sf_write.run.pipeline import Pipeline

ROWS, WINDOW = 30, 10


class _Row(dict[str, Any]):
    """A row that a weak reference can follow."""


def _windows(org: Sandbox, config: dict[str, Any], rows: Iterator[_Row]) -> Iterator[object]:
    run = RunContext.start(parse_config(config), context_for(org))
    return Pipeline(run).write(rows, window=WINDOW, on_written=lambda _window, _places: None)


def _parts(org: Sandbox, config: dict[str, Any], rows: Iterator[_Row]) -> Iterator[object]:
    return map(_taken, Execution(config, context_for(org)).parts(rows, window=WINDOW))


def _taken(part: Part) -> list[object]:
    return [list(part.written), list(part.second), list(part.not_written)]


def held_rows(
    take: Callable[[Sandbox, dict[str, Any], Iterator[_Row]], Iterator[object]], **advanced: str
) -> list[int]:
    """How many rows there are as each one is read, without those that the collector would find."""
    seen: list[ref[_Row]] = []
    held: list[int] = []

    def rows() -> Iterator[_Row]:
        for number in range(ROWS):
            held.append(sum(one() is not None for one in seen))
            row = _Row(Ext__c=str(number), Name=f"n{number}")
            seen.append(ref(row))
            yield row
            del row

    with Sandbox() as org:
        for taken in take(org, {**CONFIG, "advanced": advanced}, rows()):
            del taken
    return held


if __name__ == "__main__":
    gc.disable()
    ways = {"windows": _windows, "parts": _parts}
    plain = {name: held_rows(take) for name, take in ways.items()}
    compared = {f"{name}, compared": held_rows(take, compare="skipUnchanged") for name, take in ways.items()}
    sys.stdout.write(json.dumps({**plain, **compared}))
