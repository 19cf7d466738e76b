"""Rows through the streaming core, as commands and clusters send them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.support.host import FakeContext
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import WriteBlockError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.executor import RowResult, row_results
from ziggy_sf_write.run.pipeline import Pipeline
from ziggy_sf_write.run.report import make_report

CONFIG = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"}


@dataclass(frozen=True)
class Streamed:
    """What came of a stream of rows."""

    results: list[RowResult]
    report: dict[str, JsonValue]
    error: WriteBlockError | None

    @property
    def outcomes(self) -> list[str]:
        return [one.outcome for one in self.results]


class Hinted:
    """Rows of which somebody says how many will come."""

    def __init__(self, rows: Iterable[JsonValue], hint: int) -> None:
        self._rows = iter(rows)
        self._hint = hint
        self.asked = 0

    def __iter__(self) -> Iterator[JsonValue]:
        return self

    def __next__(self) -> JsonValue:
        return next(self._rows)

    def __length_hint__(self) -> int:
        self.asked += 1
        return self._hint


def stream(
    rows: Iterable[JsonValue],
    context: FakeContext,
    config: Mapping[str, JsonValue] | None = None,
    *,
    window: int = 10,
    is_repeatable: bool = False,
) -> Streamed:
    """Sends rows window by window; the connection, Account and its external id need not be named."""
    run = RunContext.start(parse_config({**CONFIG, **(config or {})}), context, is_repeatable=is_repeatable)
    pipeline = Pipeline(run)
    results = [result for one in pipeline.write(rows, window=window) for result in row_results(one)]
    report = make_report(run.config, run.counts, client=run.client, progress=run.progress, choice=pipeline.choice)
    return Streamed(results=results, report=report, error=run.guard.fatal)
