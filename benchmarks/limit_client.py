"""The least that a client can do: threads, connections that are kept open, orjson and gzip both ways, and nothing else.

It checks, matches, retries and tells nothing, so that no writer of as many calls takes less time or CPU by much.
"""

import gzip
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import urllib3
from support import Host, ServedOrg

from ziggy_sf_write.salesforce.org import ORGS, CallCount

RECORDS_OF_A_CALL = 200


def token_of(org: ServedOrg) -> str:
    """A session id, as the block itself got it."""
    return ORGS.org(Host(org).connection("sfDev")).session(CallCount()).id


def upsert(org: ServedOrg, token: str, items: Sequence[dict[str, Any]], *, at_once: int) -> float:
    """Upserts items into Account by Ext__c, so many calls at a time; the seconds that it took."""
    url = f"{org.url}/services/data/v60.0/composite/sobjects/Account/Ext__c"
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Accept-Encoding": "gzip"}
    headers = {"Authorization": f"Bearer {token}", **packed}
    started = time.monotonic()
    with urllib3.PoolManager(maxsize=at_once, ca_certs=org.ca_file) as http, ThreadPoolExecutor(at_once) as threads:

        def call(start: int) -> int:
            part = items[start : start + RECORDS_OF_A_CALL]
            records = [{"attributes": {"type": "Account"}, **item} for item in part]
            body = orjson.dumps({"allOrNone": False, "records": records})
            answer = http.request("PATCH", url, body=gzip.compress(body, compresslevel=1), headers=headers)
            return sum(row["success"] for row in orjson.loads(answer.data))

        written = sum(threads.map(call, range(0, len(items), RECORDS_OF_A_CALL)))
    assert written == len(items), written
    return time.monotonic() - started
