"""The history of runs: how each ended, what its edges counted, and as far as the project wants it their items."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Integer, RowMapping, String, Table, delete, insert, select, update

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.outcome import FlowRun, RunKind, Status, without_items
from ziggy_studio.store.database import METADATA
from ziggy_studio.store.sql import SqlStore

_ITEMS_IN_A_PART = 1_000
_RUNNING = "running"

_runs = Table(
    "runs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("flow", String, nullable=False, index=True),
    Column("mode", String, nullable=False),
    Column("started_at", String, nullable=False),
    Column("status", String, nullable=False),
    Column("ms", Integer),
    Column("error", JSON),
    Column("response", JSON),
    Column("blocks", JSON),
    Column("edges", JSON),
)
# Of runs that are no ordinary ones; a table of its own, since stores of before it have no column for that.
_kinds = Table("run_kinds", METADATA, Column("run", String, primary_key=True), Column("kind", String, nullable=False))
_parts = Table(
    "run_edges",
    METADATA,
    Column("run", String, primary_key=True),
    Column("edge", String, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("items", JSON, nullable=False),
)


_WITH_KIND = select(_runs, _kinds.c.kind).outerjoin(_kinds, _kinds.c.run == _runs.c.id)


def _told(row: RowMapping) -> dict[str, JsonValue]:
    return {**row, "kind": row["kind"] or RunKind.RUN.value}


class HistoryLevel(StrEnum):
    """Of which runs the edges' items are kept."""

    NONE = "none"
    ERRORS = "errors"
    ALL = "all"


class History:
    """The last runs of each flow. Every method raises `HostError` where the database fails."""

    def __init__(self, store: SqlStore, *, level: HistoryLevel, runs: int) -> None:
        self._store = store
        self._level = level
        self._most = runs

    def begin(self, run_id: str, *, flow: str, mode: str, kind: str = RunKind.RUN) -> None:
        """Notes that a run has begun: one that is never finished was killed. A run that is taken up begins anew."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = {"id": run_id, "flow": flow, "mode": mode, "started_at": at, "status": _RUNNING}
        with self._store.writing() as connection:
            connection.execute(delete(_runs).where(_runs.c.id == run_id))
            connection.execute(insert(_runs), row)
            connection.execute(delete(_kinds).where(_kinds.c.run == run_id))
            if kind != RunKind.RUN:
                connection.execute(insert(_kinds), {"run": run_id, "kind": str(kind)})

    def finish(self, run_id: str, run: FlowRun) -> None:
        """Notes how a run ended, and forgets the oldest runs of its flow."""
        values = {
            "status": run.status.value,
            "ms": run.ms,
            "error": run.error,
            "response": run.response,
            "blocks": [{**one, "report": without_items(one["report"])} for one in run.blocks_as_json()],
            "edges": {edge: len(items) for edge, items in run.payloads.items()},
        }
        is_kept = self._level is HistoryLevel.ALL or (
            self._level is HistoryLevel.ERRORS and run.status is not Status.OK
        )
        with self._store.writing() as connection:
            connection.execute(update(_runs).where(_runs.c.id == run_id).values(values))
            connection.execute(delete(_parts).where(_parts.c.run == run_id))
            for edge, items in run.payloads.items() if is_kept else ():
                rows = [
                    {"run": run_id, "edge": edge, "part": part, "items": list(items[start : start + _ITEMS_IN_A_PART])}
                    for part, start in enumerate(range(0, len(items), _ITEMS_IN_A_PART))
                ]
                if rows:
                    connection.execute(insert(_parts), rows)
            flow = connection.scalar(select(_runs.c.flow).where(_runs.c.id == run_id))
            newest = select(_runs.c.id).where(_runs.c.flow == flow)
            old = list(connection.scalars(newest.order_by(_runs.c.started_at.desc(), _runs.c.id).offset(self._most)))
            if old:
                connection.execute(delete(_parts).where(_parts.c.run.in_(old)))
                connection.execute(delete(_kinds).where(_kinds.c.run.in_(old)))
                connection.execute(delete(_runs).where(_runs.c.id.in_(old)))

    def runs(self, flow: str | None = None, *, limit: int = 100, offset: int = 0) -> list[dict[str, JsonValue]]:
        """The runs, newest first: of one flow or of all. `status` is `running` until a run has ended."""
        query = _WITH_KIND.order_by(_runs.c.started_at.desc(), _runs.c.id).limit(limit).offset(offset)
        if flow is not None:
            query = query.where(_runs.c.flow == flow)
        with self._store.reading() as connection:
            return [_told(row) for row in connection.execute(query).mappings()]

    def run(self, run_id: str) -> dict[str, JsonValue] | None:
        """One run, or None where the history has none of that id."""
        with self._store.reading() as connection:
            row = connection.execute(_WITH_KIND.where(_runs.c.id == run_id)).mappings().one_or_none()
        return _told(row) if row is not None else None

    def items(self, run_id: str, edge: str) -> Sequence[JsonValue] | None:
        """All items of an edge, or None where they were not kept; an edge without any has nothing to be kept."""
        query = select(_parts.c["items"]).where(_parts.c.run == run_id, _parts.c.edge == edge).order_by(_parts.c.part)
        with self._store.reading() as connection:
            parts = list(connection.scalars(query))
        if parts:
            return [item for part in parts for item in part]
        run = self.run(run_id)
        return [] if run is not None and (run["edges"] or {}).get(edge) == 0 else None
