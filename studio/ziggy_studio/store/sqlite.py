"""SQLite: one file, which threads and processes may use at once."""

from pathlib import Path

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL, Engine

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.store.database import WRITES, Database, to_stored_json

_MOST_CONNECTIONS = 15


def _connect(url: URL) -> Engine:
    if url.database:
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Rows of a CRM stand in it; the files beside it take its permissions.
        path.touch(mode=0o600)
        path.chmod(0o600)
    # As many as are ever needed at once stay open: SQLite keeps the file of a connection that is closed while others
    # are open, so that to close and reopen them would hold more files, not fewer.
    engine = create_engine(url, json_serializer=to_stored_json, pool_size=_MOST_CONNECTIONS, max_overflow=0)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: JsonValue, _record: JsonValue) -> None:
    """WAL lets readers go on while one writes; a writer waits for another instead of failing at once."""
    connection.isolation_level = None  # the driver would begin transactions by itself, and late
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA busy_timeout=30000")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later may find another writer in its way and cannot wait for it.
    is_writing = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _lock_schema(_connection: Connection) -> None:
    """BEGIN IMMEDIATE has locked the whole file already."""


DATABASE = Database(connect=_connect, lock_schema=_lock_schema, insert=insert)
