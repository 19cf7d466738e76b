"""The tables: one for each object, a column for each stored field, indexes on what is looked up by.

One connection, one lock: a writer holds it for as long as a chunk of rows takes; latency profiles sleep outside of it.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from salesforce_sandbox.schema.model import DECIMAL_TYPES, TEXT_TYPES, Field, FieldType, Schema, SObject

from .ids import INSTANCE, IdMint
from .patterns import matches

Row = dict[str, Any]
_VARIABLES = 900  # below SQLite's oldest limit of 999 variables in a statement


def fold(text: Any) -> Any:
    """The form under which Salesforce compares text without regard to case."""
    return text.lower() if isinstance(text, str) else text


class Store:
    """Rows of all objects."""

    def __init__(self, schema: Schema, *, path: Path | None, mint: IdMint) -> None:
        self._schema = schema
        self._lock = threading.RLock()
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []
        self._db = _connect(path or ":memory:")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")  # a sandbox may lose its last second with the machine
        self._columns = {each.name: _stored(each) for each in schema}
        if path is None:
            with _TEMPLATES:
                _template(schema).backup(self._db)
        else:
            for sobject in schema:
                _create(self._db, sobject)
                self._resume(sobject, mint)

    def close(self) -> None:
        """Closes the database."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Holds the lock and commits at the end; an exception rolls back. Nested ones are savepoints."""
        with self._lock:
            name, waiting = f"level{self._depth}", len(self._after_commit)
            self._db.execute("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._undo(name)
                del self._after_commit[waiting:]
                raise
            self._depth -= 1
            self._db.execute("COMMIT" if self._depth == 0 else f"RELEASE {name}")
            if self._depth == 0:
                actions, self._after_commit = self._after_commit, []
                for action in actions:
                    action()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Does something once what was written stays: at the end of the outermost transaction, or never."""
        with self._lock:
            if self._depth:
                self._after_commit.append(action)
            else:
                action()

    def _undo(self, name: str) -> None:
        if self._depth == 0:
            self._db.execute("ROLLBACK")
        else:
            self._db.execute(f"ROLLBACK TO {name}")
            self._db.execute(f"RELEASE {name}")

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        with self._lock:
            return self._db.execute(sql, parameters).fetchall()

    def insert(self, sobject: SObject, rows: Sequence[Row]) -> None:
        """Adds rows that carry their Ids; columns that a row leaves out are null."""
        columns = [each.name for each in self._columns[sobject.name] if each.formula is None]
        marks = ", ".join("?" * len(columns))
        names = ", ".join(_quoted(each) for each in columns)
        sql = f"INSERT INTO {_quoted(sobject.name)} ({names}) VALUES ({marks})"  # noqa: S608  names are the schema's
        with self._lock:
            self._db.executemany(sql, [[row.get(each) for each in columns] for row in rows])

    def update(self, sobject: SObject, record_id: str, changes: Mapping[str, Any]) -> None:
        """Changes some columns of one row."""
        self.update_all(sobject, {record_id: changes})

    def update_all(self, sobject: SObject, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """The same for many rows by their Ids; those that change the same columns share a statement."""
        alike: dict[tuple[str, ...], list[str]] = {}
        for record_id, changed in changes.items():
            alike.setdefault(tuple(changed), []).append(record_id)
        with self._lock:
            for columns, ids in alike.items():
                self._db.executemany(_update(sobject, columns), [[*changes[each].values(), each] for each in ids])

    def purge(self, sobject: SObject, record_id: str) -> None:
        """Removes a row for good."""
        with self._lock:
            self._db.execute(f"DELETE FROM {_quoted(sobject.name)} WHERE Id = ?", [record_id])  # noqa: S608

    def rows_by_id(self, sobject: SObject, ids: Iterable[str]) -> dict[str, Row]:
        """Rows of these 18-character ids, the deleted ones too."""
        return {row["Id"]: row for row in self._rows_in(sobject, "Id", list(ids))}

    def ids_by_value(self, sobject: SObject, field: Field, values: Iterable[Any]) -> dict[Any, list[str]]:
        """For each value the ids of the live rows that hold it; keys come back as `comparable` makes them."""
        wanted = list({comparable(field, each) for each in values if each is not None})
        column = _match_column(field)
        found: dict[Any, list[str]] = {}
        for part in _parts(wanted):
            sql = (
                f"SELECT {column}, Id FROM {_quoted(sobject.name)} "  # noqa: S608  names are the schema's
                f"WHERE {column} IN ({', '.join('?' * len(part))}) AND IsDeleted = 0 ORDER BY rowid"
            )
            for value, record_id in self.query(sql, part):
                found.setdefault(value, []).append(record_id)
        return found

    def live_rows(self, sobject: SObject) -> Iterator[Row]:
        """Every row that is not deleted, in the order of their creation."""
        names = _list(each.name for each in self._columns[sobject.name])
        sql = f"SELECT {names} FROM {_quoted(sobject.name)} WHERE IsDeleted = 0 ORDER BY rowid"  # noqa: S608
        return self._rows(sobject, self.query(sql))

    def count(self, sobject: SObject) -> int:
        """How many rows are not deleted."""
        return int(self.query(f"SELECT count(*) FROM {_quoted(sobject.name)} WHERE IsDeleted = 0")[0][0])  # noqa: S608

    def children(self, child: SObject, reference: Field, parent_ids: Sequence[str]) -> list[str]:
        """Ids of the live rows that point at one of the parents."""
        by_parent = self.ids_by_value(child, reference, parent_ids)
        return [each for ids in by_parent.values() for each in ids]

    def _rows_in(self, sobject: SObject, column: str, values: Sequence[Any]) -> Iterator[Row]:
        names = _list(each.name for each in self._columns[sobject.name])
        for part in _parts(values):
            marks = ", ".join("?" * len(part))
            sql = f"SELECT {names} FROM {_quoted(sobject.name)} WHERE {_quoted(column)} IN ({marks})"  # noqa: S608
            yield from self._rows(sobject, self.query(sql, part))

    def _rows(self, sobject: SObject, found: Iterable[Sequence[Any]]) -> Iterator[Row]:
        fields = self._columns[sobject.name]
        names = [each.name for each in fields]
        checkboxes = [each.name for each in fields if each.type is FieldType.BOOLEAN]
        for values in found:
            row = dict(zip(names, values, strict=True))
            for name in checkboxes:
                row[name] = bool(row[name])
            yield row

    def _resume(self, sobject: SObject, mint: IdMint) -> None:
        pattern, table = f"{sobject.prefix}{INSTANCE}%", _quoted(sobject.name)
        last = self._db.execute(f"SELECT max(Id) FROM {table} WHERE Id LIKE ?", [pattern]).fetchone()[0]  # noqa: S608
        if last:
            mint.resume_after(last)


def _connect(path: Path | str) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    database.create_function("fold", 1, fold, deterministic=True)
    database.create_function("sf_like", 3, _like, deterministic=True)
    return database


_TEMPLATES = threading.Lock()  # one copy of a template at a time


@lru_cache(maxsize=2)
def _template(schema: Schema) -> sqlite3.Connection:
    """The tables without rows. To copy them takes a tenth of the time that it takes to make them."""
    database = _connect(":memory:")
    for sobject in schema:
        _create(database, sobject)
    return database


def _create(database: sqlite3.Connection, sobject: SObject) -> None:
    table, fields = _quoted(sobject.name), _stored(sobject)
    database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(_column(each) for each in fields)})")
    present = {row[1] for row in database.execute(f"PRAGMA table_xinfo({table})")}
    for field in fields:
        if field.name not in present:  # the file is of an org whose object had fewer fields
            database.execute(f"ALTER TABLE {table} ADD COLUMN {_column(field)}")
    for number, field in enumerate(fields):
        for kind, column in _indexes(
            field, in_rule=any(field.name == rule.match[0] for rule in sobject.duplicate_rules)
        ):
            index = _quoted(f"{sobject.name}_{number}_{kind}")
            database.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {table} ({column})")


def _stored(sobject: SObject) -> tuple[Field, ...]:
    return tuple(each for each in sobject.fields if each.is_stored)


def comparable(field: Field, value: Any) -> Any:
    """A key value as matching compares it: in any case only if unique and not case-sensitive (section 5.2)."""
    return fold(value) if _folds(field) else value


def _folds(field: Field) -> bool:
    return field.type in TEXT_TYPES and (field.unique or field.auto_number is not None) and not field.case_sensitive


def _match_column(field: Field) -> str:
    return f"fold({_quoted(field.name)})" if _folds(field) else _quoted(field.name)


def _indexes(field: Field, *, in_rule: bool) -> Iterator[tuple[str, str]]:
    if field.name == "Id" or (field.formula is not None and not field.name_field):
        return
    name = _quoted(field.name)
    if field.is_key or field.unique or field.type is FieldType.REFERENCE:
        yield "exact", name
    if field.type in TEXT_TYPES and (in_rule or field.is_key or field.unique or field.name_field):
        yield "fold", f"fold({name})"


def _column(field: Field) -> str:
    if field.name == "Id":
        return '"Id" TEXT PRIMARY KEY'
    kind = "REAL" if field.type in DECIMAL_TYPES else "BLOB"  # BLOB: no affinity, values stay as they are given
    computed = f" GENERATED ALWAYS AS ({field.formula}) VIRTUAL" if field.formula is not None else ""
    return f"{_quoted(field.name)} {kind}{computed}"


def _like(text: object, pattern: str, case_sensitive: int) -> bool:
    return isinstance(text, str) and matches(text, pattern, case_sensitive=bool(case_sensitive))


def _update(sobject: SObject, columns: Iterable[str]) -> str:
    assignments = ", ".join(f"{_quoted(each)} = ?" for each in columns)
    return f"UPDATE {_quoted(sobject.name)} SET {assignments} WHERE Id = ?"  # noqa: S608  names are the schema's


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _VARIABLES):
        yield values[start : start + _VARIABLES]


def _list(names: Iterable[str]) -> str:
    return ", ".join(_quoted(each) for each in names)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
