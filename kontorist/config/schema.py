"""kontorist.schema.json: the configuration as JSON Schema, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from connectors.registry import CONNECTORS, settings_model
from kontorist.config.models import Config

_REFERENCE = {
    "type": "object",
    "description": "A secret is named, never written: KONTORIST_SECRET_NAME holds it.",
    "properties": {"secret": {"type": "string"}},
    "required": ["secret"],
    "additionalProperties": False,
}


class _Generator(GenerateJsonSchema):
    """Pydantic's generator; secrets are references and spans of time are text such as ``10s``."""

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^[0-9]{1,6} *[smhd]$"}


def config_schema() -> dict[str, Any]:
    """The schema of config.yaml, every connector's settings included."""
    schema = Config.model_json_schema(by_alias=True, schema_generator=_Generator)
    definitions = schema["$defs"]
    definitions.pop("Connector", None)
    names = []
    for use in CONNECTORS:
        name = "connector " + use
        names.append(name)
        definitions[name] = _connector_schema(use, definitions)
    definitions["Connector"] = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in names]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "config.yaml of Kontorist", **schema}


def _connector_schema(use: str, definitions: dict[str, Any]) -> dict[str, Any]:
    schema = settings_model(use).model_json_schema(by_alias=True, schema_generator=_Generator)
    definitions.update(schema.pop("$defs", {}))
    properties = {"use": {"const": use}} | {key: _without_secret(each) for key, each in schema["properties"].items()}
    return {**schema, "title": use, "properties": properties, "required": ["use", *schema.get("required", [])]}


def _without_secret(schema: Any) -> Any:
    if isinstance(schema, dict):
        if schema.get("format") == "password":
            return {**{key: each for key, each in schema.items() if key == "title"}, **_REFERENCE}
        return {key: _without_secret(each) for key, each in schema.items()}
    return [_without_secret(each) for each in schema] if isinstance(schema, list) else schema
