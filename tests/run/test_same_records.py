"""Bulk and Collections leave the same records behind, and give every item the same outcome."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesforce_sandbox import Sandbox
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import client_credentials_config, context_for, outcomes, write
from ziggy_sf_write.salesforce.client import Call, OrgClient
from ziggy_sf_write.salesforce.org import ORGS, Org
from ziggy_sf_write.salesforce.retry import Bounds

_runs = itertools.count()
APIS = ("collections", "bulk")
_NOT_OURS = frozenset({"Id", "CreatedDate", "LastModifiedDate", "SystemModstamp", "PhotoUrl"})

TEXT = st.one_of(
    st.none(),
    st.just(""),
    st.just("#N/A"),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "Name": st.text("abc ,\"'\\\n#", min_size=1, max_size=10).filter(lambda text: bool(text.strip())),
    "Summary__c": TEXT,
    "Status__c": st.sampled_from(["Planned", "Active", "Nonsense", None]),
    "Skills__c": st.sampled_from(["Python", "Python;SQL", None]),
    "Billable__c": st.booleans(),
    "Headcount__c": st.one_of(st.none(), st.integers(0, 99_999)),
    "Budget__c": st.one_of(st.none(), st.decimals(-5, 10**9, places=2).map(float), st.integers(0, 10**9)),
    "StartDate__c": st.one_of(st.none(), st.dates().map(str)),
    "KickOff__c": st.sampled_from([None, "2026-11-23T10:00:00.000+01:00", "2026-11-23T09:00:00Z"]),
    "Sequence__c": st.one_of(st.none(), st.integers(-(10**8), 10**8)),
    "ContactEmail__c": st.sampled_from([None, "no address"]),
    "Homepage__c": st.sampled_from([None, "https://example.org/?a=b,c"]),
}
ITEMS = st.lists(
    st.builds(
        lambda key, chosen: {"Key__c": f"k{key}", **chosen},
        st.integers(0, 6),
        st.fixed_dictionaries(
            {"Name": VALUES["Name"]}, optional={key: one for key, one in VALUES.items() if key != "Name"}
        ),
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def two_orgs() -> Iterator[dict[str, Sandbox]]:
    with Sandbox() as one, Sandbox() as other:
        yield dict(zip(APIS, (one, other), strict=True))
    ORGS.clear()


def _held(org: Sandbox, run: str) -> list[dict[str, Any]]:
    mine = [one for one in org.records("Project__c") if str(one["Key__c"]).startswith(run)]
    return sorted(({name: value for name, value in one.items() if name not in _NOT_OURS} for one in mine), key=repr)


def _ends(org: Sandbox, items: list[dict[str, Any]], api: str, **config: Any) -> list[tuple[int, str, str]]:
    full = {
        "object": "Project__c",
        "matchKey": "Key__c",
        **config,
        "advanced": {"api": api, **config.get("advanced", {})},
    }
    result = write(org, items, full, context_for(org, cancelled=ImpatientEvent()))
    assert result.report is not None
    return [(line["index"], line["outcome"], line["errors"][0]["code"]) for line in result.report["notWritten"]]


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(items=ITEMS, is_validating=st.booleans(), empty_values=st.sampled_from(["ignore", "clear"]))
def test_random_items_leave_the_same_records_through_both(
    two_orgs: dict[str, Sandbox],
    items: list[dict[str, Any]],
    is_validating: bool,  # noqa: FBT001 (a case)
    empty_values: str,
) -> None:
    run = f"r{next(_runs)}-"
    mine = [{**item, "Key__c": run + item["Key__c"]} for item in items]
    ends, held = {}, {}
    for api, org in two_orgs.items():
        ends[api] = _ends(org, mine, api, validate=is_validating, advanced={"emptyValues": empty_values})
        held[api] = _held(org, run)
    assert held["bulk"] == held["collections"]
    assert [(index, outcome) for index, outcome, _ in ends["bulk"]] == [
        (index, outcome) for index, outcome, _ in ends["collections"]
    ]


class TestRelationships:
    """Parents named by a key of theirs."""

    @pytest.fixture
    def with_parents(self, org: Sandbox) -> Sandbox:
        org.insert("Account", [{"Name": "Acme", "Ext__c": "acme"}, {"Name": "Other", "Ext__c": "other"}])
        org.insert("Contact", [{"LastName": "Who", "Email": "who@x.org", "Ext__c": "c1"}])
        org.insert("Lead", [{"LastName": "Who", "Company": "C", "Email": "who@x.org", "Ext__c": "l1"}])
        return org

    @pytest.mark.parametrize("api", APIS)
    @pytest.mark.parametrize("is_validating", [True, False])
    def test_parents_are_found_by_their_external_ids(
        self,
        with_parents: Sandbox,
        api: str,
        is_validating: bool,  # noqa: FBT001 (a case)
    ) -> None:
        org = with_parents
        items = [
            {"Ext__c": "1", "LastName": "A", "Account": {"Ext__c": "acme"}},
            {"Ext__c": "2", "LastName": "B", "Account": {"Ext__c": "OTHER"}},
            {"Ext__c": "3", "LastName": "C", "Account": {"Ext__c": "nobody"}},
        ]
        config = {"object": "Contact", "matchKey": "Ext__c", "validate": is_validating, "advanced": {"api": api}}
        result = write(org, items, config)
        assert outcomes(result) == {"written": 2, "failed": 1}
        names = {one["Id"]: one["Name"] for one in org.records("Account")}
        children = {one["Ext__c"]: names[one["AccountId"]] for one in org.records("Contact") if one["AccountId"]}
        assert children == {"1": "Acme", "2": "Other"}

    @pytest.mark.parametrize("api", APIS)
    def test_a_lookup_is_cleared_by_null_in_its_own_field_and_in_its_relationship(
        self, with_parents: Sandbox, api: str
    ) -> None:
        org = with_parents
        parent = org.records("Account")[0]["Id"]
        org.insert(
            "Contact", [{"Ext__c": key, "LastName": "x", "AccountId": parent} for key in ("by-field", "by-name")]
        )
        items = [{"Ext__c": "by-field", "AccountId": None}, {"Ext__c": "by-name", "Account": None}]
        config = {"object": "Contact", "matchKey": "Ext__c", "advanced": {"api": api}}
        write(org, items, config)
        left = {one["Ext__c"]: one["AccountId"] for one in org.records("Contact") if one["Ext__c"].startswith("by-")}
        assert left["by-field"] is None
        assert left["by-name"] == self._by_name_through_collections(org)

    def _by_name_through_collections(self, org: Sandbox) -> Any:
        """Whatever a null relationship does to a record: both APIs have to do the same."""
        parent = org.records("Account")[0]["Id"]
        org.insert("Contact", [{"Ext__c": "again", "LastName": "x", "AccountId": parent}])
        config = {"object": "Contact", "matchKey": "Ext__c", "advanced": {"api": "collections"}}
        write(org, [{"Ext__c": "again", "Account": None}], config)
        return next(one["AccountId"] for one in org.records("Contact") if one["Ext__c"] == "again")

    @pytest.mark.parametrize("api", APIS)
    @pytest.mark.parametrize("target", ["Contact", "Lead"])
    def test_a_polymorphic_parent_is_the_one_of_the_type_that_is_named(
        self, with_parents: Sandbox, api: str, target: str
    ) -> None:
        org = with_parents
        (task,) = org.insert("Task", [{"Subject": "Call"}])
        item = {"Id": task, "Who": {"attributes": {"type": target}, "Email": "who@x.org"}}
        config = {"object": "Task", "matchKey": "Id", "validate": True, "upsert": False, "advanced": {"api": api}}
        assert outcomes(write(org, [item], config)) == {"written": 1}
        (wanted,) = [one["Id"] for one in org.records(target) if one["Email"] == "who@x.org"]
        assert org.records("Task")[0]["WhoId"] == wanted

    def test_a_polymorphic_parent_without_a_type_is_invalid(self, with_parents: Sandbox) -> None:
        item = {"Subject": "Call", "Who": {"Email": "who@x.org"}}
        config = {"object": "Task", "matchKey": "Id", "validate": True}
        assert outcomes(write(with_parents, [item], config)) == {"invalid": 1}
        assert with_parents.records("Task") == []


@pytest.mark.parametrize("api", APIS)
def test_deleted_records_are_not_updated_and_not_revived(org: Sandbox, api: str) -> None:
    kept, gone = org.insert("Account", [{"Name": "kept"}, {"Name": "gone"}])
    client = OrgClient(Org(client_credentials_config(org)), bounds=Bounds(), cancelled=ImpatientEvent())
    client.call(Call(kind="delete", method="DELETE", path=f"sobjects/Account/{gone}", is_raw=True))
    client.org.close()
    items = [{"Id": gone, "Name": "back"}, {"Id": kept[:15], "Name": "new"}]
    result = write(org, items, {"matchKey": "Id", "advanced": {"api": api}})
    assert outcomes(result) == {"written": 1, "failed": 1}
    assert result.report is not None
    (line,) = result.report["notWritten"]
    assert (line["index"], line["errors"][0]["code"]) == (0, "ENTITY_IS_DELETED")
    assert [one["Name"] for one in org.records("Account")] == ["new"]
