"""The sandbox's own resources under /__sandbox__: a look inside, and the switches. No real org has them."""

from typing import Any

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused, not_found
from salesforce_sandbox.faults import Fault, FaultName
from salesforce_sandbox.latency import parse_latency
from salesforce_sandbox.org import ORG_ID, USER_ID, Org


def records(org: Org, call: Call) -> Answer:
    """All live records of an object."""
    name = call.parameters["object"]
    if org.schema.find(name) is None:
        raise not_found(f"The sandbox has no object {name}")
    return Answer(body=org.records(name))


def insert(org: Org, call: Call) -> Answer:
    """Puts records in past the API and its rules."""
    name = call.parameters["object"]
    try:
        return Answer(status=201, body=org.insert(name, call.json()))
    except (KeyError, ValueError) as err:
        raise RequestRefused(400, "INVALID_SEED", str(err)) from err


def stats(org: Org, _call: Call) -> Answer:
    """What was counted."""
    return Answer(body=org.stats().as_dict())


def reset_stats(org: Org, _call: Call) -> Answer:
    """Starts counting from zero."""
    org.counters.reset()
    return Answer(status=204)


def inject(org: Org, call: Call) -> Answer:
    """Switches a fault on: the fields of Fault as JSON."""
    asked = call.json_object()
    lists: dict[str, Any] = {key: tuple(asked.pop(key)) for key in ("at", "kinds", "records") if key in asked}
    try:
        name = FaultName(asked.pop("name", ""))
        org.faults.arm(Fault(name=name, **asked, **lists))
    except (TypeError, ValueError) as err:
        raise RequestRefused(400, "INVALID_FAULT", f"{err}; faults are {', '.join(FaultName)}") from err
    return Answer(status=204)


def clear_faults(org: Org, _call: Call) -> Answer:
    """Switches all faults off."""
    org.faults.clear()
    return Answer(status=204)


def set_latency(org: Org, call: Call) -> Answer:
    """Changes the latency profile: {"profile": "typical"}."""
    try:
        org.latency = parse_latency(str(call.json_object().get("profile", "none")))
    except ValueError as err:
        raise RequestRefused(400, "INVALID_LATENCY", str(err)) from err
    return Answer(status=204)


def expire(org: Org, _call: Call) -> Answer:
    """Ends all sessions."""
    org.sessions.expire_all()
    return Answer(status=204)


def login(org: Org, call: Call) -> Answer:
    """The credentials, for programs in another process; they open nothing but this sandbox."""
    found = org.login
    return Answer(
        body={
            "url": call.base_url,
            "org_id": ORG_ID,
            "user_id": USER_ID,
            "username": found.username,
            "password": found.password,
            "token": found.token,
            "consumer_key": found.consumer_key,
            "consumer_secret": found.consumer_secret,
            "private_key_pem": found.private_key_pem,
            "ca_file": None if org.ca_file is None else str(org.ca_file),
            "access_token": org.sessions.open(USER_ID),
        }
    )
