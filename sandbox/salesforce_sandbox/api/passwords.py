"""The password of a user, as the REST guide's page "Manage User Passwords" has it."""

import secrets
from dataclasses import replace

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused, not_found
from salesforce_sandbox.org import USER_ID, Org
from salesforce_sandbox.rows.ids import normalise


def status(org: Org, call: Call) -> Answer:
    """GET /sobjects/User/{id}/password: whether it has expired, which here none ever does."""
    _user(org, call)
    return Answer(body={"isExpired": False})


def change(org: Org, call: Call) -> Answer:
    """POST: the password that the body names is the one to log in with from now on."""
    user_id = _user(org, call)
    # nforce writes the name small, the guide with a capital: names are taken in any case here as elsewhere.
    given = {name.lower(): value for name, value in call.json_object().items()}.get("newpassword")
    if not isinstance(given, str) or given.isalpha() or not any(map(str.isalpha, given)):
        raise RequestRefused(400, "INVALID_NEW_PASSWORD", "Your password must have a mix of letters and numbers.")
    _keep(org, user_id, given)
    return Answer(status=204)


def reset(org: Org, call: Call) -> Answer:
    """DELETE: the org makes a password and tells it."""
    user_id = _user(org, call)
    made = f"{secrets.token_hex(4)}A1"
    _keep(org, user_id, made)
    return Answer(body={"NewPassword": made})


def _user(org: Org, call: Call) -> str:
    user_id = normalise(call.parameters["id"])
    if user_id is None or not org.store.rows_by_id(org.object("User"), [user_id]):
        raise not_found()
    return user_id


def _keep(org: Org, user_id: str, password: str) -> None:
    """Only the org's own user can log in; those of other users lead nowhere."""
    if user_id == USER_ID:
        org.login = replace(org.login, password=password)
