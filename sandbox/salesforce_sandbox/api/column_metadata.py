"""What the Salesforce CLI asks for with columns=true: the columns of a query, nested as the query nests them."""

from typing import Any

from salesforce_sandbox.soql.plan import Child, Column, Plan


def column_metadata(planned: Plan) -> dict[str, Any]:
    """The whole answer; a parent's fields and a child's fields come as the columns that are joined to it."""
    columns = [_joined(planned.columns, 0), *([_child(each) for each in planned.children],)]
    return {
        "columnMetadata": [each for part in columns for each in part],
        "entityName": planned.sobject.name,
        "groupBy": bool(planned.group),
        "idSelected": any(each.path == ("Id",) for each in planned.columns),
        "keyPrefix": planned.sobject.prefix,
    }


def _joined(columns: tuple[Column, ...], depth: int) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for column in columns:
        name = column.path[depth]
        if len(column.path) == depth + 1:
            found[name] = _metadata(column, name)
        elif name not in found:
            below = tuple(each for each in columns if len(each.path) > depth + 1 and each.path[depth] == name)
            found[name] = {**_bare(name), "joinColumns": _joined(below, depth + 1)}
    return list(found.values())


def _child(child: Child) -> dict[str, Any]:
    return {**_bare(child.name), "aggregate": True, "joinColumns": column_metadata(child.plan)["columnMetadata"]}


def _metadata(column: Column, name: str) -> dict[str, Any]:
    kind = column.field.type.value
    return {
        **_bare(name),
        "aggregate": column.shown_as is not None,
        "apexType": kind.capitalize(),
        "booleanType": kind == "boolean",
        "custom": column.field.custom,
        "displayName": column.shown_as or name,
        "insertable": column.field.createable,
        "numberType": kind in ("int", "double", "currency", "percent", "long"),
        "textType": kind in ("string", "id", "reference", "email", "phone", "url", "picklist"),
        "updatable": column.field.updateable,
    }


def _bare(name: str) -> dict[str, Any]:
    return {
        "aggregate": False,
        "apexType": None,
        "booleanType": False,
        "columnName": name,
        "custom": name.endswith("__r"),
        "displayName": name,
        "foreignKeyName": None,
        "insertable": False,
        "joinColumns": [],
        "numberType": False,
        "textType": False,
        "updatable": False,
    }
