"""Is this block ready to run, and do its settings go together with what the org says of the object?

The form asks, for the red dot on the node before anyone presses Run, and so does each run.
"""

import threading
from collections.abc import Iterator

from ziggy_sf_write.block.config import Advanced, Api, DuplicateRules, WriteConfig, config_problems, parse_config
from ziggy_sf_write.contract import Config, HostContext, HostError, Problem, Severity
from ziggy_sf_write.errors import AccessError, LoginError
from ziggy_sf_write.near_miss import near_miss
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.salesforce.failures import CallFailed
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.salesforce.metadata import describe_object
from ziggy_sf_write.salesforce.org import ORGS, require_salesforce
from ziggy_sf_write.salesforce.retry import Bounds
from ziggy_sf_write.validation.rules import Target, find_target

# It is asked while a person types: whoever does not answer soon is left for the run to try.
_CHECK_BOUNDS = Bounds(call_timeout_s=5, max_tries=1, max_retry_time_s=5)
# How the names of platform events end (Salesforce API 2.1).
_EVENT = "__e"
_WITH_ASSIGNMENT_RULES = ("Lead", "Case")


def check_block(config: Config, context: HostContext) -> list[Problem]:
    """Every problem of the settings; where they are complete, also what the org says of object, key and properties.

    A connection that cannot be had and a login that is refused are errors; an org that does not answer is a warning:
    the run may find it again.
    """
    problems = config_problems(config)
    chosen = config.get("connection")
    names = context.connection_names("salesforce")
    if chosen and chosen not in names:
        known = f"Known are {', '.join(names)}." if names else "There is none yet: add one under Connections."
        problems.append(Problem(path="/connection", message=f"There is no Salesforce connection `{chosen}`. {known}"))
    return problems or _ask_org(config, context)


def _ask_org(config: Config, context: HostContext) -> list[Problem]:
    parsed = parse_config(config)
    try:
        org = ORGS.org(require_salesforce(context.connection(parsed.connection)))
    except HostError as err:
        return [Problem(path="/connection", message=str(err))]
    try:
        client = OrgClient(org, bounds=_CHECK_BOUNDS, cancelled=threading.Event())
        describe = describe_object(client, parsed.object)
    except AccessError as err:
        return [Problem(path="/object", message=str(err))]
    except LoginError as err:
        return [Problem(path="/connection", message=str(err))]
    except (HostError, CallFailed) as err:
        message = f"The object could not be checked: {err}"
        return [Problem(path="/connection", message=message, severity=Severity.WARNING)]
    return [*configuration_conflicts(describe, parsed), *_doubtful_key(describe, parsed)]


def configuration_conflicts(describe: ObjectDescribe, config: WriteConfig) -> list[Problem]:
    """What keeps every item from being written, whatever it holds, and chosen properties that none can have written."""
    return [
        *_object_conflicts(describe, config),
        *_key_conflicts(describe, config),
        *_property_conflicts(describe, config),
        *_mapping_conflicts(describe, config),
        *_setting_conflicts(describe, config),
    ]


def _object_conflicts(describe: ObjectDescribe, config: WriteConfig) -> Iterator[Problem]:
    if describe.name.lower().endswith(_EVENT):
        yield Problem(
            path="/object",
            message=f"{describe.name} is a platform event: it can be published, but neither matched nor updated. "
            "Choose an object that keeps records.",
        )
    elif not (describe.can_update or (config.upsert and describe.can_create)):
        yield Problem(
            path="/object",
            message=f"Records of {describe.name} cannot be {_done(config)} by the connected user. "
            "Choose another object, or give the user's profile the permission.",
        )


def _key_conflicts(describe: ObjectDescribe, config: WriteConfig) -> Iterator[Problem]:
    field = describe.find_field(config.match_key)
    if field is None:
        message = f"{_no_field(describe, config.match_key)} Choose another edge key for matching."
        yield Problem(path="/matchKey", message=message)
    elif not field.is_filterable and not (config.upsert and field.is_native_key):
        yield Problem(
            path="/matchKey",
            message=f"Salesforce cannot search `{field.name}` of {describe.name}. Match by another field.",
        )


def _setting_conflicts(describe: ObjectDescribe, config: WriteConfig) -> Iterator[Problem]:
    if config.advanced.assignment_rule_id and describe.name not in _WITH_ASSIGNMENT_RULES:
        yield Problem(
            path="/advanced/assignmentRuleId",
            message=f"Assignment rules exist for {' and '.join(_WITH_ASSIGNMENT_RULES)}, not for {describe.name}. "
            "Clear the setting.",
        )
    conflict = _bulk_conflict(config.advanced)
    if conflict is not None:
        yield Problem(path="/advanced/api", message=conflict)


def _bulk_conflict(advanced: Advanced) -> str | None:
    """Why Bulk API 2.0, asked for by name, cannot do what the other settings ask for."""
    if advanced.api is not Api.BULK:
        return None
    if advanced.all_or_none:
        return "Bulk API 2.0 has no all-or-none. Choose API auto or collections, or switch All or none per call off."
    if advanced.duplicate_rules is DuplicateRules.ALLOW_SAVE:
        return "Bulk API 2.0 cannot save past duplicate rules. Choose API auto or collections, or duplicate rules org."
    return None


def _property_conflicts(describe: ObjectDescribe, config: WriteConfig) -> Iterator[Problem]:
    for name in config.properties:
        target = find_target(describe, name)
        if target is None:
            message = f"{_no_field(describe, name)} Remove it from the properties to write."
            yield Problem(path="/properties", message=message)
        elif not _is_writable(target, config):
            cure = "Remove it from the properties to write, or give the user edit access to the field."
            message = f"`{target.name}` cannot be {_done(config)} by the connected user. {cure}"
            yield Problem(path="/properties", message=message)


def _mapping_conflicts(describe: ObjectDescribe, config: WriteConfig) -> Iterator[Problem]:
    for key, name in config.advanced.field_mapping.items():
        if name is None:
            continue
        target = find_target(describe, name)
        if target is None:
            cure = "Map the key to another field, or leave it out."
            message = f"{_no_field(describe, name)} The field mapping of `{key}` names it. {cure}"
            yield Problem(path="/advanced/fieldMapping", message=message)
        elif not _is_writable(target, config):
            what = f"`{target.name}`, to which `{key}` is mapped,"
            message = f"{what} cannot be {_done(config)} by the connected user. Leave it out."
            yield Problem(path="/advanced/fieldMapping", message=message)


def _no_field(describe: ObjectDescribe, name: str) -> str:
    """Says so, and which field was meant: people know labels, Salesforce knows API names."""
    labelled = describe.find_label(name)
    near = near_miss(name, [one.name for one in describe.fields]) or "."
    meant = f"; did you mean `{labelled.name}`?" if labelled else near
    return f"`{name}` is not a field of {describe.name}, or not visible to the connected user{meant}"


def _done(config: WriteConfig) -> str:
    return "created or updated" if config.upsert else "updated"


def _doubtful_key(describe: ObjectDescribe, config: WriteConfig) -> Iterator[Problem]:
    field = describe.find_field(config.match_key)
    is_unique = field and (field.name == ID_FIELD or field.is_unique or field.is_native_key)
    if field and field.is_filterable and not is_unique:
        yield Problem(
            path="/matchKey",
            message=f"`{field.name}` is not unique in {describe.name}: an item that matches several records fails. "
            "Match by Id or by a unique field if there is one.",
            severity=Severity.WARNING,
        )


def _is_writable(target: Target, config: WriteConfig) -> bool:
    field = target.info
    is_named = target.is_relationship or field.name.lower() == config.match_key.lower()
    return is_named or field.can_update or (config.upsert and field.can_create)
