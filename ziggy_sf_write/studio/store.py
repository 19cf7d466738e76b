"""The Data Store: namespaces of keyed JSON records, in SQLite through SQLAlchemy Core."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import JSON, Column, Connection, MetaData, String, Table, create_engine, delete, event, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from ziggy_sf_write.contract import HostError, StoreRecord

_metadata = MetaData()
_records = Table(
    "records",
    _metadata,
    Column("name", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("data", JSON, nullable=False),
)


class SqliteStore:
    """One SQLite file; threads and processes may use it at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(f"sqlite:///{path}")
        _prepare(self._engine)
        with self._errors():
            _metadata.create_all(self._engine)

    def namespaces(self) -> Sequence[str]:
        """The namespaces that hold at least one record, in alphabetical order."""
        with self._transaction() as connection:
            return list(connection.scalars(select(_records.c.name).distinct().order_by(_records.c.name)))

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        """At most `limit` records of a namespace in key order, after leaving out the first `offset`."""
        query = select(_records).where(_records.c.name == name).order_by(_records.c.key).limit(limit).offset(offset)
        with self._transaction() as connection:
            return [StoreRecord(name=row.name, key=row.key, data=row.data) for row in connection.execute(query)]

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        """One record, or None where there is none."""
        query = select(_records.c.data).where(_records.c.name == name, _records.c.key == key)
        with self._transaction() as connection:
            row = connection.execute(query).one_or_none()
        return StoreRecord(name=name, key=key, data=row.data) if row is not None else None

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        """Writes all records in one transaction; a record that exists is replaced."""
        rows = [{"name": one.name, "key": one.key, "data": one.data} for one in records]
        if not rows:
            return
        statement = insert(_records)
        replacing = statement.on_conflict_do_update(
            index_elements=["name", "key"], set_={"data": statement.excluded.data}
        )
        with self._transaction() as connection:
            connection.execute(replacing, rows)

    def delete_key(self, name: str, key: str) -> bool:
        """Removes one record; False where there was none."""
        with self._transaction() as connection:
            gone = connection.execute(delete(_records).where(_records.c.name == name, _records.c.key == key))
            return gone.rowcount > 0

    def close(self) -> None:
        """Closes the file."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as err:
            reason = str(getattr(err, "orig", None) or type(err).__name__)
            raise HostError(f"The Data Store at {self._path} failed: {reason}.") from err


def _prepare(engine: Engine) -> None:
    # WAL lets readers go on while one writes; a writer waits for another instead of failing at once.
    @event.listens_for(engine, "connect")
    def _set_pragmas(connection, _record) -> None:  # type: ignore[no-untyped-def] # the driver's own connection
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA busy_timeout=10000")
