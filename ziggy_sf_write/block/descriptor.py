"""The descriptor of `SALESFORCE_WRITE_V1`, put together from the manifest, the schemas and the files beside it."""

from functools import cache

import yaml

from ziggy_sf_write.block.config import CONFIG_SCHEMA, UI_SCHEMA, default_config
from ziggy_sf_write.contract import AiInfo, BlockDescriptor, ConnectionType, JsonValue
from ziggy_sf_write.resources import PACKAGE, load_schema, resource_path

BLOCK_TYPE = "SALESFORCE_WRITE_V1"
CONNECTION_TYPE = "salesforce"


def load_manifest() -> dict[str, JsonValue]:
    """`plugin.yaml` as it stands."""
    manifest: dict[str, JsonValue] = yaml.safe_load(resource_path("plugin.yaml").read_text(encoding="utf-8"))
    return manifest


@cache
def write_block() -> BlockDescriptor:
    """The block as palette, form and engine need to know it."""
    block = next(one for one in load_manifest()["blocks"] if one["type"] == BLOCK_TYPE)
    schema = load_schema(CONFIG_SCHEMA)
    return BlockDescriptor(
        **{key: block[key] for key in ("type", "name", "version", "group", "info")},
        help=(PACKAGE / block["helpFile"]).read_text(encoding="utf-8"),
        icon=(PACKAGE / block["icon"]).read_text(encoding="utf-8"),
        header_color="#2ba3dd",
        input_labels=("Items",),
        output_labels=("Written", "Not written"),
        width=375,
        height=525,
        default_config=default_config(),
        config_schema=schema,
        ui_schema=load_schema(UI_SCHEMA),
        ai_info=_ai_info(schema),
        connection_types=(CONNECTION_TYPE,),
    )


def salesforce_connection_type() -> ConnectionType:
    """The connection type that the block writes through."""
    return ConnectionType(type=CONNECTION_TYPE, label="Salesforce", config_schema=load_schema("connection.schema.json"))


def _ai_info(schema: dict[str, JsonValue]) -> AiInfo:
    return AiInfo(
        summary="Writes items into Salesforce",
        description=(
            "Takes an array of objects, optionally validates each against the org's description of the chosen object, "
            "matches it to a record by one key and upserts or updates it. Written items leave on output 0 with their "
            "Id; items that failed validation leave on output 1 if so configured."
        ),
        key_words=("salesforce", "crm", "upsert", "update", "sobject", "account", "contact", "lead"),
        ai_info="The keys of the items must be API names of fields of the object, such as Name or Industry__c.",
        props={name: one["description"] for name, one in schema["properties"].items()},
    )
