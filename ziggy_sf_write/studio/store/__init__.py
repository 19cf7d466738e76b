"""The Data Store: namespaces of keyed JSON records, in SQLite or PostgreSQL."""

from ziggy_sf_write.studio.store.open import open_store
from ziggy_sf_write.studio.store.sql import SqlStore

__all__ = ["SqlStore", "open_store"]
