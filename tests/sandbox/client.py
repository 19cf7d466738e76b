"""A bare HTTPS client for the sandbox: it knows Salesforce's paths and nothing of the product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from salesforce_sandbox import Sandbox

Record = dict[str, Any]
SESSIONS: list[requests.Session] = []  # a fixture closes them after each test


@dataclass(kw_only=True)
class Api:
    """REST calls of one API version with a valid session."""

    org: Sandbox
    version: str = "67.0"
    session: requests.Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = requests.Session()
        SESSIONS.append(self.session)
        self.session.trust_env = False  # a CA bundle of the environment would stand in for the sandbox's
        self.session.verify = str(self.org.ca_file)
        self.session.headers["Authorization"] = f"Bearer {self.org.access_token()}"

    def url(self, path: str) -> str:
        """A path below /services/data/v…, or a whole path."""
        return f"{self.org.url}{path}" if path.startswith("/") else f"{self.base}/{path}"

    @property
    def base(self) -> str:
        return f"{self.org.url}/services/data/v{self.version}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.url(path), timeout=30, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def create(self, name: str, record: Record, **options: Any) -> requests.Response:
        return self.call("POST", f"sobjects/{name}", json=record, **options)

    def query(self, soql: str, **options: Any) -> requests.Response:
        return self.get("query", params={"q": soql}, **options)

    def rows(self, soql: str) -> list[Record]:
        """The records of a query, without their attributes."""
        answer = self.query(soql)
        assert answer.status_code == 200, answer.text
        return [{key: value for key, value in each.items() if key != "attributes"} for each in answer.json()["records"]]

    def collection(
        self,
        method: str,
        path: str,
        records: Sequence[Record],
        *,
        all_or_none: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        body = {"allOrNone": all_or_none, "records": list(records)}
        return self.call(method, path, json=body, headers=headers)

    def create_many(self, name: str, records: Sequence[Record], *, all_or_none: bool = False) -> list[Record]:
        found: list[Record] = self.collection(
            "POST", "composite/sobjects", [typed(name, each) for each in records], all_or_none=all_or_none
        ).json()
        return found

    def update_many(self, name: str, records: Sequence[Record], *, all_or_none: bool = False) -> list[Record]:
        found: list[Record] = self.collection(
            "PATCH", "composite/sobjects", [typed(name, each) for each in records], all_or_none=all_or_none
        ).json()
        return found

    def upsert_many(self, name: str, key: str, records: Sequence[Record], *, all_or_none: bool = False) -> list[Record]:
        found: list[Record] = self.collection(
            "PATCH",
            f"composite/sobjects/{name}/{key}",
            [typed(name, each) for each in records],
            all_or_none=all_or_none,
        ).json()
        return found


def typed(name: str, record: Record) -> Record:
    """A record with its attributes, as Collections want it."""
    return {"attributes": {"type": name}, **record}


def error_of(result: Record) -> tuple[str, str]:
    """Code and message of the one error of a failed collections record."""
    assert result["success"] is False, result
    (error,) = result["errors"]
    return error["statusCode"], error["message"]
