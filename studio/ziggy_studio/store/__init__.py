"""What a project keeps in SQLite or PostgreSQL: the Data Store with its namespaces, and the history of runs."""

from ziggy_studio.store.history import History, HistoryLevel
from ziggy_studio.store.open import open_store
from ziggy_studio.store.paging import all_records
from ziggy_studio.store.sql import SqlStore

__all__ = ["History", "HistoryLevel", "SqlStore", "all_records", "open_store"]
