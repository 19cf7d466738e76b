"""Equal keys meet in one partition: equal as Salesforce compares them, whatever they look like."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import context_for
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.cluster.input import KeyTexts
from ziggy_sf_write.errors import InternalError
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.metadata import describe_object
from ziggy_sf_write.salesforce.org import ORGS
from ziggy_sf_write.salesforce.retry import Bounds

ID15, ID18 = "001000000000001", "001000000000001AAA"


@pytest.fixture
def texts(org: Sandbox) -> Any:
    def make(match_key: str, **config: Any) -> KeyTexts:
        context = context_for(org)
        client = OrgClient(ORGS.org(context.connection("sfDev")), bounds=Bounds(), cancelled=context.cancelled)
        settings = {"connection": "sfDev", "object": "Account", "matchKey": match_key, **config}
        return KeyTexts(describe_object(client, "Account"), parse_config(settings))

    return make


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize(
    ("match_key", "one", "other"),
    [
        ("Ext__c", "ab", " AB "),
        ("Id", ID15, ID18),
        ("Name", "Acme", "ACME"),
        ("NumberOfEmployees", 5, 5.0),
        ("NumberOfEmployees", 0.0, -0.0),
        ("AnnualRevenue", Decimal("12.50"), 12.5),
    ],
)
def test_keys_that_are_one_to_salesforce_have_one_text(
    texts: Any, match_key: str, one: Any, other: Any, *, validate: bool
) -> None:
    keys = texts(match_key, validate=validate)
    assert keys.of_value(one) == keys.of_value(other) is not None


def test_a_checked_text_meets_the_number_that_it_becomes(texts: Any) -> None:
    keys = texts("NumberOfEmployees", validate=True)
    assert keys.of_value("5") == keys.of_value(5)


def test_two_zones_of_one_instant_have_one_text(texts: Any) -> None:
    keys = texts("CreatedDate", upsert=False)
    assert keys.of_value("2026-01-01T12:00:00.000+02:00") == keys.of_value(datetime(2026, 1, 1, 10, tzinfo=UTC))


def test_a_number_and_its_text_are_two_keys_of_a_text_field(texts: Any) -> None:
    keys = texts("Ext__c")
    assert keys.of_value("1.0") != keys.of_value("1")


def test_the_key_is_found_in_any_case_of_its_name(texts: Any) -> None:
    keys = texts("Ext__c")
    assert keys.of_row({"EXT__C": "A"}) == keys.of_row({"ext__c": "a"}) == keys.of_value("a")
    assert keys.column(["Name", "eXt__c"]) == "eXt__c"


@pytest.mark.parametrize("row", [{}, {"Ext__c": None}, {"Ext__c": " "}, "no object", None])
def test_a_row_without_a_key_has_no_text(texts: Any, row: Any) -> None:
    assert texts("Ext__c").of_row(row) is None


def test_a_field_that_nobody_has_checked_for_is_a_defect(texts: Any) -> None:
    with pytest.raises(InternalError, match="no field of Account"):
        texts("Nope__c")
