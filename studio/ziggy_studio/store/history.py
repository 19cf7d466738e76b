"""The history of runs: how each ended, what its edges counted, and as far as the project wants it their items."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import overload

from sqlalchemy import (
    JSON,
    BindParameter,
    Column,
    Integer,
    RowMapping,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from ziggy_sf_write.contract import HostError, JsonValue
from ziggy_studio.outcome import FlowRun, HistoryLevel, RunKind, Status, without_items
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


# What every run asks for is made once: SQLAlchemy takes several times as long to make a statement as SQLite to run it.
_THIS: BindParameter[str] = bindparam("this")
_ADD = insert(_runs)
_ADD_KIND = insert(_kinds)
_END = update(_runs).where(_runs.c.id == _THIS)
_FORGET = delete(_runs).where(_runs.c.id == _THIS)
_FORGET_KIND = delete(_kinds).where(_kinds.c.run == _THIS)
_FORGET_ITEMS = delete(_parts).where(_parts.c.run == _THIS)
_OLD = (
    select(_runs.c.id)
    .where(_runs.c.flow == select(_runs.c.flow).where(_runs.c.id == _THIS).scalar_subquery())
    .order_by(_runs.c.started_at.desc(), _runs.c.id)
    .offset(bindparam("most"))
)
_WITH_KIND = select(_runs, _kinds.c.kind).outerjoin(_kinds, _kinds.c.run == _runs.c.id)


def _told(row: RowMapping) -> dict[str, JsonValue]:
    return {**row, "kind": row["kind"] or RunKind.RUN.value}


class History:
    """The last runs of each flow. Every method raises `HostError` where the database fails."""

    def __init__(self, store: SqlStore, *, level: HistoryLevel, runs: int) -> None:
        self._store = store
        self._level = level
        self._most = runs

    def begin(self, run_id: str, *, flow: str, mode: str, kind: str = RunKind.RUN) -> None:
        """Notes that a run has begun: one that is never finished was killed. A run that is taken up begins anew."""
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        row = {"id": run_id, "flow": flow, "mode": mode, "started_at": at, "status": _RUNNING}
        with self._store.writing() as connection:
            connection.execute(_FORGET, {"this": run_id})
            connection.execute(_ADD, row)
            connection.execute(_FORGET_KIND, {"this": run_id})
            if kind != RunKind.RUN:
                connection.execute(_ADD_KIND, {"run": run_id, "kind": str(kind)})

    def finish(self, run_id: str, run: FlowRun) -> bool:
        """Notes how a run ended, forgets the oldest runs of its flow, and says whether the run's items are kept."""
        values = {
            "status": run.status.value,
            "ms": run.ms,
            "error": run.error,
            "response": run.response,
            "blocks": [{**one, "report": without_items(one["report"])} for one in run.blocks_as_json()],
            "edges": {edge: len(items) for edge, items in run.payloads.items()},
        }
        is_wanted = self._level is HistoryLevel.ALL or (
            self._level is HistoryLevel.ERRORS and run.status is not Status.OK
        )
        with self._store.writing() as connection:
            has_begun = connection.execute(_END, {**values, "this": run_id}).rowcount > 0
            is_kept = is_wanted and has_begun
            connection.execute(_FORGET_ITEMS, {"this": run_id})
            for edge, items in run.payloads.items() if is_kept else ():
                # One by one: the text of all parts together is as large as the edge.
                for part, start in enumerate(range(0, len(items), _ITEMS_IN_A_PART)):
                    row = {"run": run_id, "edge": edge, "part": part}
                    row["items"] = list(items[start : start + _ITEMS_IN_A_PART])
                    connection.execute(insert(_parts), row)
            old = [{"this": one} for one in connection.scalars(_OLD, {"this": run_id, "most": self._most})]
            for forget in (_FORGET_ITEMS, _FORGET_KIND, _FORGET) if old else ():
                connection.execute(forget, old)
        return is_kept

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
        """All items of an edge, read as they are asked for, or None where they were not kept.

        An edge without any has nothing to be kept.
        """
        first = select(_parts.c.part).where(_parts.c.run == run_id, _parts.c.edge == edge).limit(1)
        with self._store.reading() as connection:
            count = (connection.scalar(select(_runs.c.edges).where(_runs.c.id == run_id)) or {}).get(edge)
            is_kept = connection.scalar(first) is not None
        if not count:
            return [] if count == 0 else None
        return _StoredItems(self._store, run_id, edge, count=count) if is_kept else None


class _StoredItems(Sequence[JsonValue]):
    """The items of an edge, of which one part at a time is in memory."""

    def __init__(self, store: SqlStore, run_id: str, edge: str, *, count: int) -> None:
        self._store = store
        self._where = (_parts.c.run == run_id) & (_parts.c.edge == edge)
        self._count = count
        self._last: tuple[int, list[JsonValue]] = (-1, [])

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> JsonValue: ...
    @overload
    def __getitem__(self, index: slice) -> list[JsonValue]: ...
    def __getitem__(self, index: int | slice) -> JsonValue:
        if isinstance(index, slice):
            return [self._item(place) for place in range(self._count)[index]]
        return self._item(range(self._count)[index])

    def __iter__(self) -> Iterator[JsonValue]:
        return map(self._item, range(self._count))

    def _item(self, place: int) -> JsonValue:
        number, within = divmod(place, _ITEMS_IN_A_PART)
        last, items = self._last
        if number != last:
            items = self._part(number)
            self._last = (number, items)
        return items[within]

    def _part(self, number: int) -> list[JsonValue]:
        query = select(_parts.c["items"]).where(self._where, _parts.c.part == number)
        with self._store.reading() as connection:
            items: list[JsonValue] | None = connection.scalar(query)
        if items is None:
            raise HostError("The history has forgotten this run meanwhile.")
        return items
