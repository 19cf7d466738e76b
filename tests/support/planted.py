"""Secrets that are planted in every test's sandbox, and the search for them in whatever comes out."""

import json

from salesforce_sandbox import Login
from salesforce_sandbox.options import DEFAULT_LOGIN

_LOGIN: Login = DEFAULT_LOGIN

# The private key is new in each sandbox, so its frame is searched in its place.
PLANTED = (
    _LOGIN.password,
    _LOGIN.token,
    _LOGIN.consumer_secret,
    "BEGIN PRIVATE KEY",
    "planted-Secret-1",
)


def planted_in(text: str) -> list[str]:
    """The planted secrets that a text shows."""
    return [secret for secret in PLANTED if secret in text]


def assert_no_secret(*things: object) -> None:
    """Fails where any of the things, as text, shows a planted secret."""
    found = [secret for thing in things for secret in planted_in(_text(thing))]
    assert not found, "a secret came out"


def _text(thing: object) -> str:
    return thing if isinstance(thing, str) else json.dumps(thing, default=str)
