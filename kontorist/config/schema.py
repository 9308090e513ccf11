"""kontorist.schema.json: the configuration as JSON Schema, for editors that complete and check while one types."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, get_args

from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from connectors.registry import CONNECTORS, settings_model
from connectors.settings import Size
from kontorist.config.models import Config
from kontorist.config.report import written
from kontorist.config.types import Address

_SIZE: Final = get_args(Size)[1]

_REFERENCE = {
    "type": "object",
    "description": "A secret is named, never written: KONTORIST_SECRET_NAME holds it.",
    "properties": {"secret": {"type": "string"}},
    "required": ["secret"],
    "additionalProperties": False,
}


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with spans of time as text such as ``10s``."""

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        """A number and its unit."""
        return {"type": "string", "pattern": "^[0-9]{1,6} *[smhd]$"}

    def encode_default(self, dft: Any) -> Any:
        """As one writes it: ``400d``, ``127.0.0.1:8810``."""
        return super().encode_default(written(dft) if isinstance(dft, timedelta | Address) else dft)


def config_schema() -> dict[str, Any]:
    """The schema of config.yaml, every connector's settings included."""
    schema = Config.model_json_schema(by_alias=True, schema_generator=_Generator)
    definitions = _without_secret(schema["$defs"])
    del definitions["ConnectorSettings"]
    schema["$defs"] = definitions
    definitions.update({_name(use): _connector_schema(use) for use in CONNECTORS})
    definitions["Connector"] = {"oneOf": [{"$ref": f"#/$defs/{_name(use)}"} for use in CONNECTORS]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "config.yaml of Kontorist", **schema}


def _name(use: str) -> str:
    return "connector-" + use.replace("/", "-")


def _connector_schema(use: str) -> dict[str, Any]:
    model = settings_model(use)
    schema = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    properties = {key: _as_written(each, model.model_fields[key]) for key, each in schema["properties"].items()}
    required = ["use", *schema.get("required", [])]
    return {**schema, "title": use, "properties": {"use": {"const": use}, **properties}, "required": required}


def _as_written(schema: JsonSchemaValue, field: FieldInfo) -> JsonSchemaValue:
    """What one may write for a field: sizes with their unit, spans of time as text, one item in place of a list."""
    schema = _without_secret(schema)
    if _SIZE in field.metadata:
        return {**schema, "type": ["integer", "string"]}
    if schema.get("type") == "array":
        about = {key: each for key, each in schema.items() if key in ("title", "description", "default")}
        inner = {key: each for key, each in schema.items() if key not in about}
        return {**about, "anyOf": [schema["items"], inner]}
    return schema


def _without_secret(schema: Any) -> Any:
    if isinstance(schema, dict):
        return (
            _REFERENCE if schema.get("format") == "password" else {key: _without_secret(schema[key]) for key in schema}
        )
    return [_without_secret(each) for each in schema] if isinstance(schema, list) else schema
