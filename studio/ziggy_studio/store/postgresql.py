"""PostgreSQL: one database for studios on several machines."""

from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import URL, Engine

from ziggy_studio.errors import UsageProblem
from ziggy_studio.store.database import Database, to_stored_json

# Any number will do, as long as all studios take the same.
_LOCK = 5_042_018
_CONNECT_TIMEOUT_S = 10
# A plan that was made while the table was empty reads the whole table for each look-up, and the driver keeps plans:
# 100,000 records then take a minute instead of five seconds.
_OPTIONS = "-c plan_cache_mode=force_custom_plan"


def _connect(url: URL) -> Engine:
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,  # a server that was restarted is no error for the next call
            json_serializer=to_stored_json,
            connect_args={"connect_timeout": _CONNECT_TIMEOUT_S, "options": _OPTIONS},
        )
    except ImportError as err:
        cure = "pip install 'ziggy-studio[postgresql]'"
        raise UsageProblem(f"A Data Store on PostgreSQL needs psycopg. Install it with: {cure}") from err


def _lock_schema(connection: Connection) -> None:
    """Two studios that start at once must not both make the tables: IF NOT EXISTS does not protect from that."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


DATABASE = Database(connect=_connect, lock_schema=_lock_schema, insert=insert)
