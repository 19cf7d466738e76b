"""What a project keeps in SQLite or PostgreSQL: the Data Store with its namespaces, and the history of runs."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ziggy_studio.store.paging import all_records

if TYPE_CHECKING:
    from ziggy_studio.store.history import History
    from ziggy_studio.store.open import open_store
    from ziggy_studio.store.sql import SqlStore

__all__ = ["History", "SqlStore", "all_records", "open_store"]

# SQLAlchemy takes a quarter of a second to import; commands that keep nothing do without it.
_HOMES = {"History": "history", "SqlStore": "sql", "open_store": "open"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
