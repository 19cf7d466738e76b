"""CPU of encoding rows of 20 fields as the CSV that a Bulk job takes, against Python's `csv.writer` on the same rows.

python benchmarks/bulk_encoding.py
"""

import csv
import io
import statistics
import time
from collections.abc import Callable
from typing import Any

from client_cost import item, sparse
from support import headline, line

from ziggy_sf_write.salesforce.bulk_csv import encode_parts
from ziggy_sf_write.salesforce.describe import parse_object_describe

ROWS, ROUNDS, MOST_US = 50_000, 7, 7
LARGEST_BYTES = 100_000_000
DESCRIBE = parse_object_describe({"name": "Account", "fields": [{"name": one, "type": "string"} for one in item(0)]})


def encoded(rows: list[dict[str, Any]]) -> bytes:
    """As the upload of one Bulk job."""
    ((part, data),) = encode_parts(rows, DESCRIBE, largest_bytes=LARGEST_BYTES)
    assert part == range(ROWS)
    return data


def by_csv_writer(rows: list[dict[str, Any]]) -> bytes:
    """As `csv.writer` alone does it, told the columns and all of the rows at once."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return out.getvalue().encode()


def cpu_us(work: Callable[[], object]) -> float:
    """Microseconds of CPU a row."""
    started = time.process_time()
    work()
    return (time.process_time() - started) / ROWS * 1e6


def main() -> None:
    """Measures all sides, round by round."""
    headline(f"CPU of encoding a row of 20 fields for a Bulk job, {ROWS:,} rows")
    rows = [item(number) for number in range(ROWS)]
    gaps = [sparse(number, ROWS) for number in range(ROWS)]
    assert encoded(rows) == by_csv_writer(rows)
    sides: dict[str, Callable[[], object]] = {
        "encoded": lambda: encoded(rows),
        "csv.writer": lambda: by_csv_writer(rows),
        "encoded with half of the fields left out": lambda: encoded(gaps),
    }
    rounds: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        rounds.append({name: cpu_us(side) for name, side in sides.items()})
        print("  " + ", ".join(f"{name} {took:.2f} µs" for name, took in rounds[-1].items()), flush=True)
    ratio = statistics.median(one["encoded"] / one["csv.writer"] for one in rounds)
    for side in ("encoded", "encoded with half of the fields left out"):
        took = statistics.median(one[side] for one in rounds)
        told = f"{took:.2f} µs" + (f", {ratio:.2f} times csv.writer" if side == "encoded" else "")
        line(f"a row {side}", told, bar=f"{MOST_US} µs", is_met=took <= MOST_US)


if __name__ == "__main__":
    main()
