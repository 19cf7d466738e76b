"""Prepares the road of a run: the describe is read, the checker compiled, matcher and writer chosen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ziggy_sf_write.block.config import Api, DuplicateRules, WriteConfig
from ziggy_sf_write.block.fit import misfits
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import AccessError, ConfigError
from ziggy_sf_write.run.bulk_writer import BulkWriter
from ziggy_sf_write.run.choose_api import choose_api
from ziggy_sf_write.run.collections_writer import CollectionsWriter
from ziggy_sf_write.run.find import Finder
from ziggy_sf_write.run.keys import KeyOf, key_of
from ziggy_sf_write.run.match import Matcher, Strategy, choose_strategy
from ziggy_sf_write.run.session import Session
from ziggy_sf_write.run.writer import Desk, WriteOptions, Writer
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.collections import SaveOptions
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.metadata import describe_object, list_objects
from ziggy_sf_write.validation import Checker, CheckOptions, Operation, compile_checker, compile_converter


@dataclass(slots=True, kw_only=True)
class Road:
    """What an item meets on its way: the checker, its key, the matcher and the writer.

    `is_renewed` tells that the checker was compiled anew in this run, which is done once at the most.
    """

    key_field: FieldInfo
    key_of: KeyOf
    checker: Checker
    matcher: Matcher
    writer: Writer
    is_renewed: bool = False


def renew(session: Session, road: Road, items: Sequence[JsonValue]) -> None:
    """Salesforce has contradicted the describe: reads it again and checks by the new one from now on."""
    session.client.org.catalog.drop_object(session.config.object)
    road.is_renewed = True
    describe = describe_object(session.client, session.config.object)
    road.checker = make_checker(describe, session.config, session.client, items)
    road.matcher.checker = road.checker


def set_up(session: Session, items: Sequence[JsonValue]) -> Road:
    """Asks the org what it must know before the first item is looked at.

    Raises:
        ConfigError: object, match key or a setting do not go together.
        AccessError, LoginError, UnreachableError: the org does not let this connection begin.
    """
    config, client = session.config, session.client
    describe = describe_object(client, config.object)
    field = _key_field(describe, config)
    strategy = choose_strategy(field, is_upsert=config.is_upsert, is_dry_run=config.advanced.is_dry_run)
    # A preview looks up what the run would leave to Salesforce's own upsert, and so compares as that would.
    is_native = choose_strategy(field, is_upsert=config.is_upsert, is_dry_run=False) is Strategy.NATIVE
    key = key_of(field, is_native=is_native)
    checker = make_checker(describe, config, client, items)
    finder = Finder(client, describe, field, key_of=key, concurrency=config.advanced.concurrency)
    matcher = Matcher(
        describe,
        field,
        strategy=strategy,
        is_upsert=config.is_upsert,
        checker=checker,
        finder=finder,
        stream=session.stream,
        brake=session.brake,
    )
    session.choice = choose_api(
        config.advanced, count=len(items), expected=session.stream.expected, usage=client.org.usage
    )
    writer = _writer(session, _write_options(describe, field, key, session), matcher)
    return Road(key_field=field, key_of=key, checker=checker, matcher=matcher, writer=writer)


def _writer(session: Session, options: WriteOptions, matcher: Matcher) -> Writer:
    desk = Desk(
        client=session.client,
        ledger=session.ledger,
        verdicts=session.verdicts,
        brake=session.brake,
        meter=session.meter,
        find=matcher.find_again,
        in_doubt=session.stream.in_doubt,
    )
    collections = CollectionsWriter(desk, options)
    if session.choice.api is not Api.BULK:
        return collections
    return BulkWriter(desk, options, collections=collections, book=session.stream.book)


def _key_field(describe: ObjectDescribe, config: WriteConfig) -> FieldInfo:
    problems = misfits(describe, config)
    field = describe.find_field(config.match_key)
    if problems or field is None:
        raise ConfigError(problems)
    return field


def make_checker(
    describe: ObjectDescribe, config: WriteConfig, client: OrgClient, items: Sequence[JsonValue]
) -> Checker:
    """The checker for these items, or its lenient twin where the configuration does not validate."""
    operation = Operation.UPSERT if config.is_upsert else Operation.UPDATE
    properties, empty_values = config.properties, config.advanced.empty_values
    if not config.is_validating:
        options = CheckOptions(
            operation=operation, match_key=config.match_key, properties=properties, empty_values=empty_values
        )
        return compile_converter(describe, options)
    used = set(properties) or _names(items)
    options = CheckOptions(
        operation=operation,
        match_key=config.match_key,
        properties=properties,
        empty_values=empty_values,
        key_prefixes=_key_prefixes(describe, used, client),
        parents=_parents(describe, used, client),
    )
    return compile_checker(describe, options)


def _names(items: Iterable[JsonValue]) -> set[str]:
    return {name for names in {tuple(item) for item in items if isinstance(item, dict)} for name in names}


def _key_prefixes(describe: ObjectDescribe, used: Iterable[str], client: OrgClient) -> dict[str, str]:
    """The key prefixes of all objects, asked for only where an item refers to another record."""
    fields = [describe.find_field(name) for name in used if isinstance(name, str)]
    if not any(field and field.reference_to for field in fields):
        return {}
    return {one.name: one.key_prefix for one in list_objects(client) if one.key_prefix}


def _parents(describe: ObjectDescribe, used: Iterable[str], client: OrgClient) -> dict[str, ObjectDescribe]:
    """The describes of the objects that items refer to by a relationship, such as `{"Account": {"Ext__c": "x"}}`."""
    fields = [describe.find_relationship(name) for name in used if isinstance(name, str)]
    targets = {target for field in fields if field for target in field.reference_to}
    found = {}
    for target in sorted(targets):
        try:
            found[target] = describe_object(client, target)
        except AccessError:
            continue  # a target that this user may not see is left to Salesforce to judge
    return found


def _write_options(describe: ObjectDescribe, field: FieldInfo, key: KeyOf, session: Session) -> WriteOptions:
    advanced = session.config.advanced
    headers = {}
    if advanced.duplicate_rules is DuplicateRules.ALLOW_SAVE:
        headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    if advanced.assignment_rule_id:
        headers["Sforce-Auto-Assign"] = advanced.assignment_rule_id
    return WriteOptions(
        describe=describe,
        key_field=field.name,
        key_of=key,
        batch_size=advanced.batch_size,
        concurrency=advanced.concurrency,
        save=SaveOptions(is_all_or_none=advanced.all_or_none, headers=headers),
        assignment_rule_id=advanced.assignment_rule_id,
        bounds=session.bounds,
    )
