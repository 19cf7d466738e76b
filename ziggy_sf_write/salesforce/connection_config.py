"""A Salesforce connection's configuration: what is wrong with it before anyone is asked to log in."""

import re
import ssl
from collections.abc import Iterator
from urllib.parse import unquote

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ziggy_sf_write.contract import Config, JsonValue, Problem
from ziggy_sf_write.resources import load_schema
from ziggy_sf_write.schema_check import schema_problems

# What a header can carry: the characters from `!` to `~`.
_ONE_WORD = re.compile(r"[!-~]+")


def connection_problems(config: Config) -> list[Problem]:
    """Everything that is wrong with a configuration before anyone is asked to log in."""
    schema = load_schema("connection.schema.json")
    plain = {name: one for name, one in schema.items() if name != "oneOf"}
    problems = schema_problems(plain, dict(config), what="a Salesforce connection")
    if problems:
        return problems
    kinds = schema["oneOf"]
    fitting = max(kinds, key=lambda kind: _fit(kind, config))
    missing = [name for name in fitting["required"] if name not in config]
    excluded = [name for name, rule in fitting["properties"].items() if rule is False and name in config]
    title = fitting["title"].lower()
    return [
        *(Problem(path=f"/{one}", message=f"`{one}` is missing: a login by {title} needs it.") for one in missing),
        *(
            Problem(path=f"/{one}", message=f"`{one}` is not part of a login by {title}. Remove it.")
            for one in excluded
        ),
        *_value_problems(config),
    ]


def _value_problems(config: Config) -> Iterator[Problem]:
    """What no schema can say of a value, or can say only by showing it."""
    token = config.get("accessToken")
    if token is not None and not _ONE_WORD.fullmatch(token.strip()):
        message = "`accessToken` holds a line break, a blank or another character that no token has. Paste it alone."
        yield Problem(path="/accessToken", message=message)
    if "proxy" in config and not _is_url(config["proxy"]):
        message = "`proxy` is no URL that can be read. It must look like http://user:password@proxy.example.com:3128."
        yield Problem(path="/proxy", message=message)
    if "caBundle" in config:
        yield from _ca_bundle_problems(config["caBundle"])


def _is_url(text: str) -> bool:
    try:
        url = parse_url(text)
        # Basic authentication has no form for other characters, neither in a login nor in a data call.
        unquote(url.auth or "").encode("latin-1")
    except (LocationParseError, UnicodeEncodeError):
        return False
    return bool(url.host)


def _ca_bundle_problems(path: str) -> Iterator[Problem]:
    """Why nothing can be verified with this file: the HTTP libraries say so late, and each in its own way."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        message = f"`caBundle` is {path}, which holds no certificate. It must be a PEM file of certificate authorities."
        yield Problem(path="/caBundle", message=message)
    except OSError as err:
        message = f"`caBundle` is {path}, which cannot be read: {err.strerror}. Correct the path or the permissions."
        yield Problem(path="/caBundle", message=message)


def _fit(kind: JsonValue, config: Config) -> int:
    present = sum(name in config for name in kind["required"])
    excluded = sum(rule is False and name in config for name, rule in kind["properties"].items())
    return 2 * present - len(kind["required"]) - 2 * excluded
