"""What a kind of database has to say for itself; everything else about the Data Store is the same for all."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.engine import URL, Engine

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.json_text import to_json

# All tables of the store, each beside the code that uses it.
METADATA = MetaData()
# Set on connections that will write, for databases that want to know it when a transaction begins.
WRITES = "ziggy_writes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One kind of database.

    `connect` makes the engine; `lock_schema` keeps other processes from making tables in the same transaction;
    `insert` is the database's own insert, which knows what to do where the key is there already.
    """

    connect: Callable[[URL], Engine]
    lock_schema: Callable[[Connection], None]
    insert: Callable[[Table], SqliteInsert | PostgresqlInsert]


def to_stored_json(value: JsonValue) -> str:
    """JSON as all databases take it: PostgreSQL knows no NaN, and its server's encoding may know few letters."""
    return to_json(value, is_ascii=True)
