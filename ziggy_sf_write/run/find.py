"""Finds the records behind match-key values with as few queries as fit, several at a time."""

import threading
from collections.abc import Hashable, Mapping
from functools import partial

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.brake import Brake
from ziggy_sf_write.run.keys import KeyOf
from ziggy_sf_write.run.pool import run_all
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.failures import Stopped
from ziggy_sf_write.salesforce.query import run_query
from ziggy_sf_write.salesforce.soql import lookup_queries

Found = dict[Hashable, list[str]]


class Finder:
    """Looks up one field of one object."""

    def __init__(
        self, client: OrgClient, describe: ObjectDescribe, field: FieldInfo, *, key_of: KeyOf, concurrency: int
    ) -> None:
        self._client = client
        self._describe = describe
        self._field = field
        self._key_of = key_of
        self._concurrency = concurrency

    def find(self, values: Mapping[Hashable, JsonValue], *, brake: Brake | None = None) -> Found:
        """The 18-character Ids of the records that have each value, by key; a key without any is left out.

        Args:
            values: a value to search for by its key, so that no value is searched twice.
            brake: asked before each query, unless what is searched was sent already.

        Raises:
            Stopped: the brake says that no further call may start.
        """
        found: Found = {}
        lock = threading.Lock()
        queries = lookup_queries(self._describe, self._field, list(values.values()))
        run_all((partial(self._run, soql, found, lock, brake) for soql in queries), concurrency=self._concurrency)
        return found

    def _run(self, soql: str, found: Found, lock: threading.Lock, brake: Brake | None) -> None:
        if brake is not None and brake.reason() is not None:
            raise Stopped
        for row in run_query(self._client, soql):
            key = self._key_of(row[self._field.name])
            with lock:
                found.setdefault(key, []).append(row["Id"])
