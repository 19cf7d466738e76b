"""The org: its objects, rows, sessions, switches and counts in one place."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from .auth.sessions import Sessions
from .auth.web_server import Authorizations
from .bulk.jobs import Job, Jobs
from .bulk.query_jobs import QueryJobs
from .faults import FaultBoard, LateCommits, parse_fault
from .latency import parse_latency
from .options import DEFAULT_LOGIN, SandboxOptions
from .rows.delete import Deleter
from .rows.ids import IdMint, to_18
from .rows.ids import normalise as normalise_id
from .rows.save import Saver
from .rows.seed import complete
from .rows.store import Row, Store
from .rows.temporal import stamp
from .schema.load import load_schema
from .schema.model import SObject
from .soql.locators import Locators
from .stats import Counters, Stats

ORG_ID = to_18("00DZg9000000001")
USER_ID = to_18("005Zg9000000001")
STANDARD_PRICEBOOK_ID = to_18("01sZg9000000001")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Org:
    """Everything that a request may touch."""

    def __init__(self, options: SandboxOptions, *, now: Callable[[], datetime] = _utc_now) -> None:
        self.options = options
        self.now = now
        self.login = DEFAULT_LOGIN
        self.schema = load_schema((Path(each) for each in options.objects), example_rules=options.example_rules)
        self.mint = IdMint()
        self.counters = Counters()
        self.latency = parse_latency(options.latency)
        self.dice = random.Random(options.seed)  # noqa: S311  repeatable on purpose
        self.faults = FaultBoard(options.seed, on_hit=self.counters.fault)
        self.late_commits = LateCommits()
        for fault in options.faults:
            self.faults.arm(parse_fault(fault) if isinstance(fault, str) else fault)
        data = None if options.data is None else Path(options.data)
        self.store = Store(self.schema, path=data, mint=self.mint)
        self.saver = Saver(self.schema, self.store, self.mint, now=now, locks=self.faults)
        self.deleter = Deleter(self.schema, self.store, now=now, locks=self.faults)
        self.sessions = Sessions(ORG_ID, now=now)
        self.authorizations = Authorizations()
        self.locators = Locators()
        self.jobs = Jobs()
        self.query_jobs = QueryJobs()
        self.run_job: Callable[[Job], None] = lambda _job: None  # the server puts its worker here
        self.started = now()
        self.ca_file: Path | None = None  # the server puts its certificate authority's here
        self._fill()
        self.saver.default_record_types = self._default_record_types()

    def object(self, name: str) -> SObject:
        """The object of this name; programs that ask for another one have a mistake."""
        found = self.schema.find(name)
        if found is None:
            raise KeyError(
                f"{name}: the sandbox has no such object; it has {sorted(each.name for each in self.schema)}"
            )
        return found

    def insert(self, name: str, records: Sequence[Row]) -> list[str]:
        """Puts records in past the API and its rules; given Ids are kept."""
        sobject = self.object(name)
        rows = [self._seeded(sobject, each) for each in records]
        with self.store.transaction():
            self.store.insert(sobject, rows)
        return [str(each["Id"]) for each in rows]

    def records(self, name: str) -> list[Row]:
        """All live records with all stored fields, in the order of their creation."""
        return list(self.store.live_rows(self.object(name)))

    def count_rows(self, *, created: int = 0, updated: int = 0, deleted: int = 0, failed: int = 0) -> None:
        """Counts records by what became of them; a composite call that is rolled back counts none."""
        self.store.after_commit(
            partial(self.counters.rows, created=created, updated=updated, deleted=deleted, failed=failed)
        )

    def stats(self) -> Stats:
        """The counts, with the duplicates that the org now holds."""
        return self.counters.snapshot(dict(self._duplicates()))

    def _seeded(self, sobject: SObject, record: Row) -> Row:
        given = record.get("Id")
        record_id = normalise_id(given) if given else self.mint.next_id(sobject.prefix or "a0Z")
        if record_id is None:
            raise ValueError(f"{given!r} is no record id")
        return complete(sobject, {**record, "Id": record_id}, now=stamp(self.now()), user_id=USER_ID)

    def _duplicates(self) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        for sobject in self.schema:
            for field in sobject.fields:
                if not field.is_key or field.formula is not None or field.name == "Id":
                    continue
                column = f'"{field.name}"'
                sql = (
                    f'SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM "{sobject.name}" '  # noqa: S608
                    f"WHERE IsDeleted = 0 AND {column} IS NOT NULL GROUP BY {column} HAVING n > 1)"
                )
                surplus = self.store.query(sql)[0][0]
                if surplus:
                    found.append((f"{sobject.name}.{field.name}", int(surplus)))
        return found

    def _fill(self) -> None:
        """What every org holds from the start: itself, its user, its record types, the standard price book."""
        if self.store.count(self.object("Organization")):
            return
        self.insert("Organization", [_ORGANIZATION])
        (profile,) = self.insert("Profile", [{"Name": "System Administrator", "UserType": "Standard"}])
        self.insert("User", [{**_USER, "Username": self.login.username, "ProfileId": profile}])
        self.insert("Pricebook2", [_PRICEBOOK])
        types = [
            {
                **({"Id": seed.id} if seed.id else {}),
                "Name": seed.name,
                "DeveloperName": seed.developer_name,
                "SobjectType": each.name,
                "IsActive": seed.active,
            }
            for each in self.schema
            for seed in each.record_types
        ]
        self.insert("RecordType", types)

    def _default_record_types(self) -> dict[str, str]:
        ids = {(row["SobjectType"], row["DeveloperName"]): str(row["Id"]) for row in self.records("RecordType")}
        return {
            each.name: ids[each.name, seed.developer_name]
            for each in self.schema
            for seed in each.record_types
            if seed.default and (each.name, seed.developer_name) in ids
        }


_ORGANIZATION: dict[str, Any] = {
    "Id": ORG_ID,
    "Name": "Sandbox",
    "InstanceName": "LOCAL",
    "IsSandbox": True,
    "OrganizationType": "Developer Edition",
    "DefaultLocaleSidKey": "en_US",
}
_USER: dict[str, Any] = {
    "Id": USER_ID,
    "LastName": "Admin",
    "FirstName": "Sandbox",
    "Email": "admin@sandbox.example",
    "Alias": "admin",
    "CommunityNickname": "admin",
    "IsActive": True,
    "TimeZoneSidKey": "Europe/Berlin",
    "LocaleSidKey": "en_US",
    "LanguageLocaleKey": "en_US",
    "EmailEncodingKey": "UTF-8",
    "UserType": "Standard",
}
_PRICEBOOK: dict[str, Any] = {
    "Id": STANDARD_PRICEBOOK_ID,
    "Name": "Standard Price Book",
    "IsActive": True,
    "IsStandard": True,
}
