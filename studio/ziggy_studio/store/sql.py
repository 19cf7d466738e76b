"""The Data Store's operations, as the platform documents them, through SQLAlchemy Core."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Table,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ziggy_sf_write.contract import HostError, JsonValue, StoreRecord
from ziggy_studio.store.database import METADATA, WRITES, Database
from ziggy_studio.store.text import KeyText

SCHEMA_VERSION = 1
_KEYS_AT_ONCE = 500

_records = Table(
    "records",
    METADATA,
    Column("name", KeyText, primary_key=True),
    Column("key", KeyText, primary_key=True),
    Column("data", JSON, nullable=False),
)
_version = Table("schema_version", METADATA, Column("version", Integer, primary_key=True))


class SqlStore:
    """A Data Store in one database. Threads and processes may use it at once; `data` is any JSON."""

    def __init__(self, database: Database, url: URL) -> None:
        self._database = database
        self._where = url.render_as_string(hide_password=True)
        self._engine = database.connect(url)
        try:
            self._prepare()
        except BaseException:
            self._engine.dispose()
            raise

    def namespaces(self) -> Sequence[str]:
        """The namespaces that hold at least one record, in alphabetical order."""
        with self.reading() as connection:
            return list(connection.scalars(select(_records.c.name).distinct().order_by(_records.c.name)))

    def fetch(
        self,
        *,
        limit: int,
        offset: int = 0,
        name: str | None = None,
        key: str | None = None,
        data: Mapping[str, JsonValue] | None = None,
    ) -> Sequence[StoreRecord]:
        """At most `limit` records in order of namespace and key, after leaving out the first `offset`.

        `name` and `key` ask for one namespace and one key, `data` for records whose data has these values: texts,
        numbers and truth values under its first keys.
        """
        query = select(_records).order_by(_records.c.name, _records.c.key).limit(limit).offset(offset)
        if name is not None:
            query = query.where(_records.c.name == name)
        if key is not None:
            query = query.where(_records.c.key == key)
        for path, value in (data or {}).items():
            query = query.where(_holds(path, value))
        with self.reading() as connection:
            return [_record(row) for row in connection.execute(query)]

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        """At most `limit` records of a namespace in key order, after leaving out the first `offset`."""
        return self.fetch(name=name, limit=limit, offset=offset)

    def find_after(self, name: str, key: str | None, *, limit: int) -> Sequence[StoreRecord]:
        """At most `limit` records of a namespace in key order: those behind this key, or the first ones."""
        query = select(_records).where(_records.c.name == name).order_by(_records.c.key).limit(limit)
        if key is not None:
            query = query.where(_records.c.key > key)
        with self.reading() as connection:
            return [_record(row) for row in connection.execute(query)]

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        """One record, or None where there is none."""
        found = self.fetch(name=name, key=key, limit=1)
        return found[0] if found else None

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        """The records of a namespace that have one of these keys, in no particular order."""
        wanted = list(dict.fromkeys(keys))
        found: list[StoreRecord] = []
        with self.reading() as connection:
            for start in range(0, len(wanted), _KEYS_AT_ONCE):
                some = wanted[start : start + _KEYS_AT_ONCE]
                query = select(_records).where(_records.c.name == name, _records.c.key.in_(some))
                found += [_record(row) for row in connection.execute(query)]
        return found

    def count(self, name: str) -> int:
        """How many records a namespace holds."""
        query = select(func.count()).select_from(_records).where(_records.c.name == name)
        with self.reading() as connection:
            return connection.scalar(query) or 0

    def insert(self, record: StoreRecord) -> None:
        """Writes a record that is new. Raises `HostError` where its key is there already; it is left as it is."""
        row = {"name": record.name, "key": record.key, "data": record.data}
        try:
            with self.writing() as connection:
                connection.execute(insert(_records), row)
        except _Taken as err:
            raise HostError(
                f"The namespace `{record.name}` has a record with the key `{record.key}` already. "
                "Use upsert to replace it."
            ) from err

    def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
        """Writes the records that are new, in one transaction. Those of which the key was there already."""
        by_key = {(one.name, one.key): one for one in records}
        if not by_key:
            return []
        # In one order for all processes, as below.
        rows = [{"name": name, "key": key, "data": by_key[name, key].data} for name, key in sorted(by_key)]
        adding = self._database.insert(_records).on_conflict_do_nothing(index_elements=["name", "key"])
        with self.writing() as connection:
            added = {
                (row.name, row.key)
                for row in connection.execute(adding.returning(_records.c.name, _records.c.key), rows)
            }
        return [one for place, one in by_key.items() if place not in added]

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        """Writes all records in one transaction, replacing those that exist; of two with one key the last counts."""
        by_key = {(one.name, one.key): one.data for one in records}
        # In one order for all processes: two that replace the same records would otherwise wait for each other.
        rows = [{"name": name, "key": key, "data": by_key[name, key]} for name, key in sorted(by_key)]
        if not rows:
            return
        statement = self._database.insert(_records)
        replacing = statement.on_conflict_do_update(
            index_elements=["name", "key"], set_={"data": statement.excluded.data}
        )
        with self.writing() as connection:
            connection.execute(replacing, rows)

    def delete_key(self, name: str, key: str) -> bool:
        """Removes one record; False where there was none."""
        with self.writing() as connection:
            gone = connection.execute(delete(_records).where(_records.c.name == name, _records.c.key == key))
            return gone.rowcount > 0

    def delete_keys(self, name: str, keys: Iterable[str]) -> int:
        """Removes records in one transaction, and says how many there were."""
        gone, wanted = 0, sorted(set(keys))
        with self.writing() as connection:
            for start in range(0, len(wanted), _KEYS_AT_ONCE):
                some = wanted[start : start + _KEYS_AT_ONCE]
                which = delete(_records).where(_records.c.name == name, _records.c.key.in_(some))
                gone += connection.execute(which).rowcount
        return gone

    def delete_namespace(self, name: str) -> int:
        """Removes all records of a namespace, and says how many there were."""
        with self.writing() as connection:
            return connection.execute(delete(_records).where(_records.c.name == name)).rowcount

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self.writing() as connection:
            self._database.lock_schema(connection)
            METADATA.create_all(connection)
            found = connection.scalar(select(_version.c.version))
            if found is None:
                connection.execute(insert(_version), {"version": SCHEMA_VERSION})
            elif found > SCHEMA_VERSION:
                raise HostError(
                    f"The Data Store at {self._where} was made by a newer release of this program. Update it here too."
                )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises `HostError` where the database fails."""
        with self._errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes, and is undone by an exception. Raises `HostError` where the database fails."""
        with self._errors(), self._engine.connect() as plain:
            connection = plain.execution_options(**{WRITES: True})
            with connection.begin():
                yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as err:
            raise _Taken(str(err.orig)) from err
        except SQLAlchemyError as err:
            reason = str(getattr(err, "orig", None) or type(err).__name__).strip().rstrip(".")
            raise HostError(f"The Data Store at {self._where} failed: {reason}.") from err


class _Taken(HostError):
    """A key that was to be new is there already."""


def _record(row: Row[tuple[str, str, JsonValue]]) -> StoreRecord:
    return StoreRecord(name=row.name, key=row.key, data=row.data)


def _holds(path: str, value: JsonValue) -> ColumnElement[bool]:
    held = _records.c.data[path]
    is_equal: ColumnElement[bool]
    match value:
        case bool():
            is_equal = held.as_boolean() == value
        case int() | float():
            is_equal = held.as_float() == value
        case str():
            is_equal = held.as_string() == value
        case _:
            raise HostError(f"`{path}` can be searched for a text, a number, true or false, not for {value!r}.")
    return is_equal
