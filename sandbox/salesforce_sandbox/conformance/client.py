"""A client that touches no record but its own, for questions to a real org."""

import json
import re
import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from salesforce_sandbox.rows.ids import normalise

MARK = "conformance-probe"
_TIMEOUT_S = 60
_BATCH = 200
_ROW = re.compile(r"(?:^|/)sobjects/\w+/(?P<id>[^/]+)$")
_UPSERT = re.compile(r"(?:^|/)sobjects/\w+/(?P<key>\w+)(?:/(?P<value>[^/]+))?$")
# Where the marks stand, to find what an answer that was lost has made.
_MARKED = (("Task", "Subject"), ("Contact", "LastName"), ("Account", "Name"))
_PREFERRED = "67.0"
Json = dict[str, Any]


class NotOurs(Exception):
    """A probe was about to change a record that no probe has made: a mistake in the kit."""


class NotAllowed(Exception):
    """The org is one that nobody may try things in."""


class Unreachable(Exception):
    """The org does not answer, or not to this session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back: status, body as JSON where it is some, and headers in lower case."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        """The first error's code, or nothing."""
        first = self.body[0] if isinstance(self.body, list) and self.body else self.body
        if not isinstance(first, dict):
            return ""
        inner = first.get("errors")
        error = inner[0] if isinstance(inner, list) and inner and not first.get("success") else first
        return str(error.get("errorCode") or error.get("statusCode") or "")

    def __str__(self) -> str:
        return f"{self.status} {self.code}".strip()


@dataclass(slots=True, kw_only=True)
class Client:
    """Calls to one org; remembers every record that it makes."""

    url: str
    token: str
    context: ssl.SSLContext | None = None
    version: str = _PREFERRED
    made: list[str] = field(default_factory=list)
    run: str = field(default_factory=lambda: f"{MARK}-{secrets.token_hex(6)}")

    def mark(self) -> str:
        """A name that only this record has; all of one run begin alike."""
        return f"{self.run}-{secrets.token_hex(4)}"

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """One call below /services/data/v…; a changing one must name records of our own."""
        self._check(method, path, body)
        whole = path if path.startswith("/") else f"/services/data/v{self.version}/{path}"
        is_text = isinstance(body, str)
        data = None if body is None else body.encode("utf-8") if is_text else json.dumps(body).encode("utf-8")
        sent = {"Authorization": f"Bearer {self.token}", **({} if body is None else _type_of(is_text=is_text))}
        asked = urllib.request.Request(  # noqa: S310  an https address, checked when the client was made
            f"{self.url}{whole}", data=data, method=method, headers={**sent, **(headers or {})}
        )
        try:
            with self._opener().open(asked, timeout=_TIMEOUT_S) as answer:
                reply = _reply(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as err:
            reply = _reply(err.code, err.read(), err.headers)
        except OSError as err:
            raise Unreachable(f"{self.url}: {err}") from err
        self._remember(method, reply)
        return reply

    def create(self, name: str, values: Json) -> Reply:
        """Makes one record."""
        return self.call("POST", f"sobjects/{name}", values)

    def query(self, soql: str) -> list[Json]:
        """The records of a query."""
        reply = self.call("GET", f"query?{urlencode({'q': soql}, quote_via=quote)}")
        if reply.status != 200:
            raise Unreachable(f"{self.url}: {reply}")
        records: list[Json] = reply.body["records"]
        return records

    def read(self, name: str, record_id: str, field_name: str) -> Any:
        """One value of a record of our own."""
        return self.call("GET", f"sobjects/{name}/{record_id}?fields={field_name}").body.get(field_name)

    def admit(self) -> Json:
        """What the org is; raises unless it is there to be tried in."""
        listed = self.call("GET", "/services/data").body
        versions = [each["version"] for each in listed]
        self.version = _PREFERRED if _PREFERRED in versions else versions[-1]
        (org,) = self.query("SELECT IsSandbox, OrganizationType FROM Organization LIMIT 1")
        if org["IsSandbox"] is not True and org["OrganizationType"] != "Developer Edition":
            raise NotAllowed(
                f"{self.url} is no sandbox, and its edition is {org['OrganizationType']}. The kit writes and deletes "
                "records, so it runs in sandboxes, scratch orgs and Developer Edition orgs alone; nothing was written."
            )
        return {"apiVersion": self.version, "isSandbox": org["IsSandbox"], "organizationType": org["OrganizationType"]}

    def clean_up(self) -> list[str]:
        """Deletes what was made, children first; returns the Ids of what is still there."""
        self._find_lost()
        left = list(reversed(self.made))
        for _ in range(2):  # a parent whose child came later in the list goes in the second turn
            parts = [left[start : start + _BATCH] for start in range(0, len(left), _BATCH)]
            left = [each for part in parts for each in self._delete(part)]
        return left

    def _find_lost(self) -> None:
        """Adds records of this run whose creation nobody heard of: their names begin with its mark."""
        for name, column in _MARKED:
            for row in self.query(f"SELECT Id FROM {name} WHERE {column} LIKE '{self.run}-%'"):  # noqa: S608  our words
                record_id = normalise(str(row["Id"]))
                if record_id and record_id not in self.made:
                    self.made.append(record_id)

    def _opener(self) -> urllib.request.OpenerDirector:
        """No redirect is followed: it would take the session to another address."""
        return urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=self.context))

    def _delete(self, ids: Sequence[str]) -> list[str]:
        reply = self.call("DELETE", f"composite/sobjects?ids={','.join(ids)}&allOrNone=false")
        results = reply.body if isinstance(reply.body, list) and len(reply.body) == len(ids) else [{}] * len(ids)
        return [each for each, result in zip(ids, results, strict=True) if not _is_gone(result)]

    def _check(self, method: str, path: str, body: Any) -> None:
        """Lets a change pass that names a record of this run, by Id or by a key that begins with its mark."""
        bare = path.partition("?")[0].rstrip("/")
        if method not in ("PATCH", "DELETE") or "/jobs/" in f"/{bare}":
            return
        records = body.get("records", []) if isinstance(body, dict) else []
        ids = [each for each in path.partition("ids=")[2].partition("&")[0].split(",") if each]
        ids += [str(value) for each in records for name, value in each.items() if name.lower() == "id" and value]
        row, upsert = _ROW.search(bare), _UPSERT.search(bare)
        keys: list[str] = []
        if "composite/" not in bare and row:
            ids.append(row["id"])
        elif "composite/" not in bare and upsert:
            keys.append(str(upsert["value"]))
        elif upsert:
            keys += [str(each[upsert["key"]]) for each in records if each.get(upsert["key"])]
        foreign = [each for each in ids if normalise(each) not in self.made]
        foreign += [each for each in keys if not each.startswith(self.run)]
        if foreign:
            raise NotOurs(f"{method} {path}: {foreign[0]} was not made here")

    def _remember(self, method: str, reply: Reply) -> None:
        results = reply.body if isinstance(reply.body, list) else [reply.body]
        for each in results:
            if not isinstance(each, dict) or each.get("success") is not True or not each.get("id"):
                continue
            record_id = normalise(str(each["id"]))
            if record_id and (method == "POST" or each.get("created")) and record_id not in self.made:
                self.made.append(record_id)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        return None


def _type_of(*, is_text: bool) -> dict[str, str]:
    return {"Content-Type": "text/csv" if is_text else "application/json"}


def _reply(status: int, data: bytes, headers: Any) -> Reply:
    text = data.decode("utf-8", "replace")
    try:
        body = json.loads(text) if text else None
    except json.JSONDecodeError:
        body = text
    return Reply(status=status, body=body, headers={name.lower(): value for name, value in headers.items()})


def _is_gone(result: Json) -> bool:
    errors = result.get("errors") or [{}]
    return result.get("success") is True or errors[0].get("statusCode") in (
        "ENTITY_IS_DELETED",
        "INVALID_CROSS_REFERENCE_KEY",
    )
