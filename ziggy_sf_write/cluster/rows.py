"""Rows through the block on an engine that runs a partition again when a worker dies: Dask, Spark and Ray all do.

So a row that would become a record without a key is refused; everything else is `run.rows`.
"""

from collections.abc import Iterable, Iterator

from ziggy_sf_write.contract import Config, ExecutionContext, JsonValue
from ziggy_sf_write.run.rows import NOT_WRITTEN, PREVIEWED, Refusal, RowOptions, RowResult, Tally
from ziggy_sf_write.run.rows import write_rows as write_any_rows
from ziggy_sf_write.salesforce.ids import ID_FIELD

__all__ = ["NOT_WRITTEN", "PREVIEWED", "WINDOW", "RowResult", "Tally", "is_create_without_key", "write_rows"]

# One window is all that is in memory; five Bulk batches of 10,000 records, or 250 calls of 200.
WINDOW = 50_000

_WITHOUT_KEY = Refusal(
    code="create_without_key",
    reason=(
        "The row has no Id, so it would be created without a key. It was not sent: a partition is written again when "
        "its worker dies, and then this record would exist twice. Match by an external id, or write such rows on one "
        "machine."
    ),
)


def write_rows(
    rows: Iterable[JsonValue],
    config: Config,
    context: ExecutionContext,
    *,
    tally: Tally | None = None,
    window: int = WINDOW,
) -> Iterator[RowResult]:
    """Writes rows and yields what became of each, in order, as `run.rows.write_rows` does; refuses creates without key.

    Args:
        rows: dictionaries; rows of one key must come through the same call, or two writes of it may be under way.
        config: the block's configuration, as a flow stores it.
        context: connections, store, stop signal and log.
        tally: where the counts are added up.
        window: how many rows are in memory at once.

    Raises:
        ConfigError: the configuration is wrong; nothing was attempted.
    """
    is_upsert_by_id = config.get("upsert", True) and str(config.get("matchKey")).lower() == ID_FIELD.lower()

    def refuse(row: JsonValue) -> Refusal | None:
        return _WITHOUT_KEY if is_upsert_by_id and is_create_without_key(row) else None

    return write_any_rows(rows, config, context, tally=tally, options=RowOptions(window=window, refuse=refuse))


def is_create_without_key(row: JsonValue) -> bool:
    """Whether an upsert by Id would create a record from this row."""
    if not isinstance(row, dict):
        return False
    value = next((one for name, one in row.items() if str(name).lower() == ID_FIELD.lower()), None)
    return value is None or not str(value).strip()
