"""django-salesforce: every scenario is what a project does with models that lie in Salesforce."""

import datetime as dt
from decimal import Decimal
from typing import Any

import django
from django.conf import settings

from tests.sandbox.scenarios.harness import (
    URL,
    credentials,
    expire_sessions,
    held,
    insert,
    main,
    raises,
    records,
    scenario,
)

LOGIN = credentials()
SALESFORCE = {
    "ENGINE": "salesforce.backend",
    "CONSUMER_KEY": LOGIN["consumer_key"],
    "CONSUMER_SECRET": LOGIN["consumer_secret"],
    "USER": LOGIN["username"],
    "PASSWORD": LOGIN["password"] + LOGIN["token"],
    "HOST": URL,
}
settings.configure(
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "salesforce": SALESFORCE,
        "soap": {**SALESFORCE, "AUTH": "salesforce.auth.SimpleSfPasswordAuth"},
        "credentials": {**SALESFORCE, "AUTH": "salesforce.auth.SalesforceClientCredentialsAuth"},
        "dynamic": {**SALESFORCE, "AUTH": "salesforce.auth.DynamicAuth"},
        "wrong": {**SALESFORCE, "PASSWORD": "wrong"},
    },
    DATABASE_ROUTERS=["salesforce.router.ModelRouter"],
    INSTALLED_APPS=["salesforce"],
    SALESFORCE_QUERY_TIMEOUT=(60, 60),
    USE_TZ=True,
    TIME_ZONE="UTC",
)
django.setup()

from django.db import connections  # noqa: E402  # Django wants its settings first
from django.db.models import Avg, Count, Max, Q, Sum  # noqa: E402  # as above
from salesforce import models  # noqa: E402  # as above
from salesforce.dbapi.exceptions import SalesforceAuthError, SalesforceError  # noqa: E402  # as above


class Account(models.Model):  # type: ignore[misc]  # Django has no types here
    """The fields that a project would name."""

    Name = models.CharField(max_length=255)
    Phone = models.CharField(max_length=255, null=True)
    Ext = models.CharField(max_length=255, db_column="Ext__c", null=True)
    AnnualRevenue = models.DecimalField(max_digits=18, decimal_places=0, null=True)
    Active = models.BooleanField(db_column="Active__c", default=False)
    Tier = models.CharField(max_length=255, db_column="Tier__c", null=True)
    CreatedDate = models.DateTimeField(sf_read_only=models.READ_ONLY, null=True)

    class Meta:
        app_label = "crm"


class Contact(models.Model):  # type: ignore[misc]  # Django has no types here
    """A child."""

    FirstName = models.CharField(max_length=40, null=True)
    LastName = models.CharField(max_length=80)
    Email = models.EmailField(null=True)
    Birthdate = models.DateField(null=True)
    Account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, null=True, db_column="AccountId")

    class Meta:
        app_label = "crm"


class Project(models.Model):  # type: ignore[misc]  # Django has no types here
    """A custom object."""

    Name = models.CharField(max_length=80)
    Key = models.CharField(max_length=40, db_column="Key__c", null=True)
    Budget = models.DecimalField(max_digits=16, decimal_places=2, db_column="Budget__c", null=True)
    KickOff = models.DateTimeField(db_column="KickOff__c", null=True)
    Standup = models.TimeField(db_column="DailyStandup__c", null=True)
    Remaining = models.DecimalField(
        max_digits=18, decimal_places=2, db_column="Remaining__c", sf_read_only=models.READ_ONLY, null=True
    )

    class Meta:
        app_label = "crm"
        db_table = "Project__c"


def accounts(*names: str, **fields: Any) -> list[str]:
    """Accounts whose keys are their names."""
    return insert("Account", [{"Name": name, "Ext__c": name, **fields} for name in names])


@scenario
def logs_in_by_password_and_trusts_the_signature() -> None:
    assert Account.objects.count() >= 0
    assert connections["salesforce"].sf_session.auth.instance_url == URL


@scenario
def logs_in_by_client_credentials() -> None:
    assert Account.objects.using("credentials").count() >= 0


@scenario
def logs_in_by_soap() -> None:
    assert Account.objects.using("soap").count() >= 0


@scenario
def takes_a_session_of_somebody_else() -> None:
    connections["dynamic"].sf_session.auth.dynamic_start(LOGIN["access_token"], URL)
    assert Account.objects.using("dynamic").count() >= 0


@scenario
def a_wrong_password_is_refused() -> None:
    error = raises(SalesforceAuthError, lambda: Account.objects.using("wrong").count())
    assert "invalid_grant" in str(error)


@scenario
def an_expired_session_is_renewed_by_itself() -> None:
    Account.objects.count()
    expire_sessions()
    assert Account.objects.count() >= 0


@scenario
def saves_a_new_object() -> None:
    one = Account(Name="A", Ext="dj-new", AnnualRevenue=Decimal(7), Active=True)
    one.save()
    found = held("Account", "dj-new")
    assert (found["Id"], found["AnnualRevenue"], found["Active__c"]) == (one.pk, 7, True)


@scenario
def saves_changes() -> None:
    accounts("dj-change", Phone="1")
    one = Account.objects.get(Ext="dj-change")
    one.Name, one.Phone = "B", None
    one.save()
    found = held("Account", "dj-change")
    assert (found["Name"], found["Phone"]) == ("B", None)


@scenario
def saves_one_field() -> None:
    (key,) = accounts("dj-field", Phone="1")
    one = Account(pk=key, Name="not sent", Phone="2")
    one.save(update_fields=["Phone"])
    found = held("Account", "dj-field")
    assert (found["Name"], found["Phone"]) == ("dj-field", "2")


@scenario
def deletes_an_object() -> None:
    (key,) = accounts("dj-delete")
    Account.objects.get(pk=key).delete()
    assert key not in {each["Id"] for each in records("Account")}


@scenario
def creates_many_at_once() -> None:
    Account.objects.bulk_create([Account(Name=f"N{each}", Ext=f"dj-many-{each}") for each in range(250)])
    assert len([each for each in records("Account") if str(each["Ext__c"]).startswith("dj-many-")]) == 250


@scenario
def updates_many_at_once() -> None:
    accounts("dj-update-1", "dj-update-2")
    assert Account.objects.filter(Ext__startswith="dj-update-").update(Phone="77") == 2
    assert held("Account", "dj-update-2")["Phone"] == "77"


@scenario
def deletes_many_at_once() -> None:
    accounts("dj-gone-1", "dj-gone-2")
    Account.objects.filter(Ext__startswith="dj-gone-").delete()
    assert not [each for each in records("Account") if str(each["Ext__c"]).startswith("dj-gone-")]


@scenario
def changes_many_to_values_of_their_own() -> None:
    accounts("dj-own-1", "dj-own-2")
    found = list(Account.objects.filter(Ext__startswith="dj-own-"))
    for each in found:
        each.Phone = each.Ext[-1]
    Account.objects.bulk_update(found, ["Phone"])
    assert held("Account", "dj-own-2")["Phone"] == "2"


@scenario
def gets_or_creates() -> None:
    made, first = Account.objects.get_or_create(Ext="dj-either", defaults={"Name": "A"})
    known, second = Account.objects.get_or_create(Ext="dj-either", defaults={"Name": "B"})
    assert (first, second, made.pk) == (True, False, known.pk)


@scenario
def filters_orders_and_slices() -> None:
    accounts("dj-s1", "dj-s2", "dj-s3")
    found = Account.objects.filter(Q(Ext="dj-s1") | Q(Ext__in=["dj-s2", "dj-s3"])).order_by("-Ext")[:2]
    assert [each.Ext for each in found] == ["dj-s3", "dj-s2"]


@scenario
def excludes_and_finds_the_empty() -> None:
    accounts("dj-e1", Phone="1")
    accounts("dj-e2")
    found = Account.objects.filter(Ext__startswith="dj-e", Phone__isnull=True).exclude(Ext__startswith="dj-ei")
    assert [each.Ext for each in found] == ["dj-e2"]


@scenario
def quotes_what_would_end_the_string() -> None:
    name = 'O\'Neil \\ "Sons" 100%_'
    Account(Name=name, Ext="dj-quote").save()
    assert Account.objects.get(Name=name).Ext == "dj-quote"


@scenario
def finds_by_a_piece_of_a_name() -> None:
    accounts("dj-Piece")
    assert [each.Ext for each in Account.objects.filter(Name__icontains="J-PIEC")] == ["dj-Piece"]


@scenario
def looks_at_a_parent() -> None:
    (parent,) = accounts("dj-parent")
    insert("Contact", [{"LastName": "dj-child", "AccountId": parent}])
    found = Contact.objects.select_related("Account").get(LastName="dj-child")
    assert (found.Account.Name, Contact.objects.filter(Account__Name="dj-parent").count()) == ("dj-parent", 1)


@scenario
def looks_at_children() -> None:
    (parent,) = accounts("dj-family")
    insert("Contact", [{"LastName": each, "AccountId": parent} for each in "BA"])
    assert [each.LastName for each in Account.objects.get(pk=parent).contact_set.order_by("LastName")] == ["A", "B"]


@scenario
def finds_parents_by_their_children() -> None:
    (parent,) = accounts("dj-semi")
    insert("Contact", [{"LastName": "dj-semi", "AccountId": parent}])
    inner = Contact.objects.filter(LastName="dj-semi").values("Account")
    assert [each.Name for each in Account.objects.filter(pk__in=inner)] == ["dj-semi"]


@scenario
def counts_and_sums() -> None:
    accounts("dj-sum-1", "dj-sum-2", AnnualRevenue=5)
    found = Account.objects.filter(Ext__startswith="dj-sum-").aggregate(
        total=Sum("AnnualRevenue"), most=Max("AnnualRevenue"), mean=Avg("AnnualRevenue"), number=Count("pk")
    )
    assert (found["total"], found["most"], found["mean"], found["number"]) == (10, 5, 5, 2)


@scenario
def groups() -> None:
    accounts("dj-g1", "dj-g2", Tier__c="Gold")
    accounts("dj-g3", Tier__c="Silver")
    query = Account.objects.filter(Ext__startswith="dj-g").exclude(Tier=None)
    found = query.order_by("Tier").values("Tier").annotate(number=Count("pk"))
    assert [(each["Tier"], each["number"]) for each in found] == [("Gold", 2), ("Silver", 1)]


@scenario
def reads_values_without_objects() -> None:
    accounts("dj-values")
    assert list(Account.objects.filter(Ext="dj-values").values_list("Name", flat=True)) == ["dj-values"]


@scenario
def follows_the_pages_of_a_query() -> None:
    insert("Contact", [{"LastName": f"N{each}", "FirstName": "dj-page"} for each in range(2100)])
    assert len({each.LastName for each in Contact.objects.filter(FirstName="dj-page")}) == 2100


@scenario
def queryall_finds_the_deleted() -> None:
    one = Account(Name="dj-bin")
    one.save()
    key = one.pk
    one.delete()
    assert Account.objects.filter(Name="dj-bin").count() == 0
    assert [each.pk for each in Account.objects.filter(Name="dj-bin").query_all()] == [key]


@scenario
def moments_and_money_return_as_they_were() -> None:
    start = dt.datetime(2030, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
    Project(Name="A", Key="dj-types", Budget=Decimal("12.34"), KickOff=start).save()
    found = Project.objects.get(Key="dj-types")
    assert (found.Budget, found.KickOff) == (Decimal("12.34"), start)


@scenario
def reads_a_time_of_day() -> None:
    insert("Project__c", [{"Name": "A", "Key__c": "dj-time", "DailyStandup__c": "09:30:00.000Z"}])
    assert Project.objects.get(Key="dj-time").Standup == dt.time(9, 30)


@scenario
def saves_a_time_of_day() -> None:
    Project(Name="A", Key="dj-clock", Standup=dt.time(9, 30)).save()
    assert Project.objects.get(Key="dj-clock").Standup == dt.time(9, 30)


@scenario
def reads_a_formula() -> None:
    insert("Project__c", [{"Name": "A", "Key__c": "dj-formula", "Budget__c": 10, "Spent__c": 4}])
    assert Project.objects.get(Key="dj-formula").Remaining == 6


@scenario
def finds_by_dates() -> None:
    insert("Contact", [{"LastName": "dj-date", "Birthdate": "1990-05-06"}])
    day = dt.date(1990, 5, 6)
    assert Contact.objects.get(LastName="dj-date", Birthdate__gte=day).Birthdate == day


@scenario
def finds_by_the_time_of_creation() -> None:
    accounts("dj-recent")
    since = dt.datetime.now(tz=dt.UTC) - dt.timedelta(days=1)
    assert Account.objects.filter(CreatedDate__gt=since, Ext="dj-recent").exists()


@scenario
def asks_in_soql_by_the_cursor() -> None:
    accounts("dj-cursor")
    with connections["salesforce"].cursor() as cursor:
        cursor.execute("SELECT Name FROM Account WHERE Ext__c = %s", ["dj-cursor"])
        assert [list(each) for each in cursor.fetchall()] == [["dj-cursor"]]


@scenario
def asks_in_raw_soql_for_objects() -> None:
    accounts("dj-raw")
    assert [each.Name for each in Account.objects.raw("SELECT Id, Name FROM Account WHERE Ext__c = 'dj-raw'")] == [
        "dj-raw"
    ]


@scenario
def a_value_outside_the_picklist_is_told_with_its_code() -> None:
    error = raises(SalesforceError, Account(Name="A", Tier="Tin").save)
    assert "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" in str(error)


@scenario
def an_unknown_field_is_told_with_its_code() -> None:
    def ask() -> None:
        with connections["salesforce"].cursor() as cursor:
            cursor.execute("SELECT Nope__c FROM Account")

    assert "INVALID_FIELD" in str(raises(SalesforceError, ask))


@scenario
def a_duplicate_key_is_told_with_its_code() -> None:
    accounts("dj-twice")
    assert "DUPLICATE_VALUE" in str(raises(SalesforceError, Account(Name="A", Ext="dj-twice").save))


@scenario
def lists_the_tables_of_the_org() -> None:
    with connections["salesforce"].cursor() as cursor:
        tables = {each.name for each in connections["salesforce"].introspection.get_table_list(cursor)}
    assert {"Account", "Project__c"} <= tables


@scenario
def describes_a_table_for_inspectdb() -> None:
    with connections["salesforce"].cursor() as cursor:
        fields = {
            each.name for each in connections["salesforce"].introspection.get_table_description(cursor, "Account")
        }
    assert {"Name", "Ext__c", "OwnerId"} <= fields


@scenario
def reads_its_identity_and_the_versions() -> None:
    with connections["salesforce"].connection.cursor() as cursor:
        assert cursor.id_request()["username"] == LOGIN["username"]
        assert "67.0" in {each["version"] for each in cursor.versions_request()}


if __name__ == "__main__":
    main()
