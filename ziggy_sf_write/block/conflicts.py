"""Do a block's settings and the org's own description of the object go together? Asked by the form and by each run."""

from collections.abc import Iterator

from ziggy_sf_write.block.config import Advanced, Api, DuplicateRules, WriteConfig
from ziggy_sf_write.contract import Problem, Severity
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.schema_check import near_miss

_WITH_ASSIGNMENT_RULES = ("Lead", "Case")


def configuration_conflicts(describe: ObjectDescribe, config: WriteConfig) -> list[Problem]:
    """What keeps every item from being written, whatever it holds."""
    return [
        *_object_conflicts(describe, config),
        *_key_conflicts(describe, config),
        *_setting_conflicts(describe, config),
    ]


def property_conflicts(describe: ObjectDescribe, config: WriteConfig) -> list[Problem]:
    """Chosen properties that no item can have written, and a key that may find several records."""
    return [*_property_conflicts(describe, config), *_doubtful_key(describe, config)]


def _object_conflicts(describe: ObjectDescribe, config: WriteConfig) -> Iterator[Problem]:
    can_write = describe.can_update or (config.upsert and describe.can_create)
    if not can_write:
        what = "created or updated" if config.upsert else "updated"
        yield Problem(
            path="/object",
            message=f"Records of {describe.name} cannot be {what} by the connected user. "
            "Choose another object, or give the user's profile the permission.",
        )


def _key_conflicts(describe: ObjectDescribe, config: WriteConfig) -> Iterator[Problem]:
    field = describe.find_field(config.match_key)
    if field is None:
        hint = _meant(describe, config.match_key)
        yield Problem(
            path="/matchKey",
            message=f"`{config.match_key}` is not a field of {describe.name}, or not visible to the connected user"
            f"{hint} Choose another edge key for matching.",
        )
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
        field = describe.find_field(name)
        if field is None and describe.find_relationship(name) is None:
            hint = _meant(describe, name)
            yield Problem(
                path="/properties",
                message=f"`{name}` is not a field of {describe.name}, or not visible to the connected user{hint} "
                "Remove it from the properties to write.",
            )
        elif field is not None and not _is_writable(field, config):
            how = "created or updated" if config.upsert else "updated"
            yield Problem(
                path="/properties",
                message=f"`{field.name}` cannot be {how} by the connected user. "
                "Remove it from the properties to write, or give the user edit access to the field.",
            )


def _meant(describe: ObjectDescribe, name: str) -> str:
    """The field that was meant: people know labels, Salesforce knows API names."""
    labelled = describe.find_label(name)
    if labelled:
        return f"; did you mean `{labelled.name}`?"
    return near_miss(name, [one.name for one in describe.fields]) or "."


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


def _is_writable(field: FieldInfo, config: WriteConfig) -> bool:
    is_key = field.name.lower() == config.match_key.lower()
    return is_key or field.can_update or (config.upsert and field.can_create)
