"""Several calls in one: composite, batch and graph (reference section 5.6)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.org import Org

from .collections import RolledBack

MAX_SUBREQUESTS = 25
MAX_COLLECTIONS = 5
MAX_GRAPHS = 75
MAX_NODES = 500
_REFERENCE_ID = re.compile(r"[A-Za-z0-9_]+")
_REFERENCE = re.compile(r"@\{([^{}]+)\}")
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_LISTED = re.compile(r"/(?:composite/sobjects|query)", re.IGNORECASE)


class _NoValue(Exception):
    pass


def composite(org: Org, call: Call) -> Answer:
    """POST /composite."""
    body = call.json_object()
    requests = _requests(body, "compositeRequest", MAX_SUBREQUESTS)
    if sum(bool(_LISTED.search(str(each.get("url", "")))) for each in requests) > MAX_COLLECTIONS:
        message = f"Cannot have more than {MAX_COLLECTIONS} query or sObject Collections subrequests"
        raise RequestRefused(400, "LIMIT_EXCEEDED", message)
    responses, _ = _together(org, call, requests, all_or_none=body.get("allOrNone") is True)
    return Answer(body={"compositeResponse": responses}, records=len(requests))


def graph(org: Org, call: Call) -> Answer:
    """POST /composite/graph: each graph is all or none."""
    graphs = _requests(call.json_object(), "graphs", MAX_GRAPHS)
    listed = [_requests(each, "compositeRequest", MAX_NODES) for each in graphs]
    if sum(map(len, listed)) > MAX_NODES:
        raise RequestRefused(400, "LIMIT_EXCEEDED", f"Cannot have more than {MAX_NODES} nodes in a request")
    answers: list[dict[str, Any]] = []
    for each, requests in zip(graphs, listed, strict=True):
        responses, done = _together(org, call, requests, all_or_none=True)
        answers.append(
            {
                "graphId": each.get("graphId"),
                "graphResponse": {"compositeResponse": responses},
                "isSuccessful": done,
            }
        )
    return Answer(body={"graphs": answers}, records=sum(map(len, listed)))


def batch(org: Org, call: Call) -> Answer:
    """POST /composite/batch: independent calls, one after the other, each counted."""
    body = call.json_object()
    requests = _requests(body, "batchRequests", MAX_SUBREQUESTS)
    org.counters.api_call(len(requests) - 1)
    results: list[dict[str, Any]] = []
    halted = False
    for request in requests:
        if halted:
            results.append({"statusCode": 412, "result": _halted("A previous request in the batch failed.")})
            continue
        url = str(request.get("url", ""))
        path = url if url.startswith("/") else f"/services/data/{url}"
        answer = _dispatch(call, str(request.get("method", "GET")), path, request.get("richInput"), {})
        results.append({"statusCode": answer.status, "result": answer.body})
        halted = answer.status >= 400 and body.get("haltOnError") is True
    failed = any(each["statusCode"] >= 400 for each in results)
    return Answer(body={"hasErrors": failed, "results": results}, records=len(requests))


def _requests(body: Mapping[str, Any], key: str, limit: int) -> list[dict[str, Any]]:
    found = body.get(key)
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise RequestRefused(400, "JSON_PARSER_ERROR", f"{key} must be a list of at least one object")
    if len(found) > limit:
        message = f"Exceeded the maximum of {limit} entries in {key}"
        raise RequestRefused(400, "LIMIT_EXCEEDED", message)
    return found


def _together(
    org: Org, call: Call, requests: Sequence[Mapping[str, Any]], *, all_or_none: bool
) -> tuple[list[dict[str, Any]], bool]:
    _check_names(requests)
    responses: list[dict[str, Any]] = []
    try:
        if all_or_none:
            with org.store.transaction():
                responses = _one_by_one(call, requests, stop=True)
                _enforce(responses)
        else:
            responses = _one_by_one(call, requests, stop=False)
    except RolledBack:
        return [_undone(each) for each in responses], False
    return responses, all(map(_went_well, responses))


def _enforce(responses: Sequence[Mapping[str, Any]]) -> None:
    if not all(map(_went_well, responses)):
        raise RolledBack


def _check_names(requests: Sequence[Mapping[str, Any]]) -> None:
    names = [str(each.get("referenceId", "")) for each in requests]
    bad = next((each for each in names if not _REFERENCE_ID.fullmatch(each)), None)
    if bad is not None:
        raise RequestRefused(
            400, "JSON_PARSER_ERROR", f"Provided referenceId '{bad}' must be made of letters, digits and _"
        )
    if len(set(names)) < len(names):
        raise RequestRefused(400, "JSON_PARSER_ERROR", "referenceId must be unique within the request")


def _one_by_one(call: Call, requests: Sequence[Mapping[str, Any]], *, stop: bool) -> list[dict[str, Any]]:
    known: dict[str, Any] = {}
    responses: list[dict[str, Any]] = []
    for request in requests:
        name = str(request["referenceId"])
        if stop and responses and not _went_well(responses[-1]):
            responses.append(_response(name, Answer(status=400, body=_halted(_OTHER_FAILED))))
            continue
        try:
            url = _resolved(str(request.get("url", "")), known)
            body = _resolved(request.get("body"), known)
        except _NoValue as missing:
            responses.append(_response(name, Answer(status=400, body=_halted(str(missing)))))
            continue
        headers = request.get("httpHeaders") or {}
        answer = _dispatch(call, str(request.get("method", "GET")), url, body, headers)
        if answer.status < 400:
            known[name] = answer.body
        responses.append(_response(name, answer))
    return responses


_OTHER_FAILED = "The transaction was rolled back since another operation in the same transaction failed."


def _dispatch(call: Call, method: str, url: str, body: Any, headers: Mapping[str, str]) -> Answer:
    parts = urlsplit(url)
    if call.dispatch is None:
        raise RuntimeError("a composite call has nobody to hand its parts to")
    nested = replace(
        call,
        method=method.upper(),
        path=parts.path,
        query=parts.query,
        headers={**call.headers, **{name.lower(): value for name, value in headers.items()}},
        body=b"" if body is None else json.dumps(body).encode("utf-8"),
    )
    return call.dispatch(nested)


def _response(name: str, answer: Answer) -> dict[str, Any]:
    headers = {key: value for key, value in answer.headers.items() if key in ("Location", "ETag", "Last-Modified")}
    return {"body": answer.body, "httpHeaders": headers, "httpStatusCode": answer.status, "referenceId": name}


def _went_well(response: Mapping[str, Any]) -> bool:
    """A collections body counts as failed if one of its records is: the outer allOrNone overrides the inner one."""
    if response["httpStatusCode"] >= 400:
        return False
    body = response["body"]
    return not (
        isinstance(body, list) and any(isinstance(each, dict) and each.get("success") is False for each in body)
    )


def _undone(response: dict[str, Any]) -> dict[str, Any]:
    """The answer of a call that was rolled back; a collections body stays as it was, though nothing was kept."""
    if not _went_well(response) or isinstance(response["body"], list):
        return response
    return {**response, "body": _halted(_OTHER_FAILED), "httpHeaders": {}, "httpStatusCode": 400}


def _halted(message: str) -> list[dict[str, str]]:
    return [{"errorCode": "PROCESSING_HALTED", "message": message}]


def _resolved(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with every `@{name.path}` replaced by what that call answered."""
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return _look_up(whole[1], known)
        return _REFERENCE.sub(lambda found: str(_look_up(found[1], known)), value)
    if isinstance(value, dict):
        return {key: _resolved(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, known) for each in value]
    return value


def _look_up(path: str, known: Mapping[str, Any]) -> Any:
    name, _, rest = re.sub(r"^([A-Za-z0-9_]+)(?=\[)", r"\1.", path).partition(".")
    value: Any = known.get(name)
    for index, key in _STEP.findall(rest):
        if index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif key and isinstance(value, dict):
            value = value.get(key)
        else:
            value = None
    if value is None:
        raise _NoValue(f"Invalid reference specified. No value for {rest} found in {name}")
    return value
