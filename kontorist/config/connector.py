"""One entry under `connectors:`: its `use:` names the module whose Settings check the rest, imported only then."""

from __future__ import annotations

from typing import Any

from pydantic import SerializeAsAny, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from connectors.registry import CONNECTORS, settings_model
from connectors.settings import ConnectorSettings
from kontorist.config.faults import suggestion
from kontorist.config.types import Section


class Connector(Section):
    """A connector by its product, with the settings that product asks for."""

    use: str
    settings: SerializeAsAny[ConnectorSettings]

    @model_validator(mode="before")
    @classmethod
    def _settings_of_the_product(cls, value: Any) -> Any:
        if not isinstance(value, dict) or isinstance(value.get("settings"), ConnectorSettings):
            return value
        use = value.get("use")
        if not isinstance(use, str) or use not in CONNECTORS:
            raise _fault_at("use", _wrong_use(use), use)
        rest = {key: inner for key, inner in value.items() if key != "use"}
        return {"use": use, "settings": settings_model(use).model_validate(rest)}


def _wrong_use(use: object) -> str:
    if not isinstance(use, str):
        return 'is missing; name a product, such as "folder/local"'
    return f'there is no connector "{use}"' + (suggestion(use, CONNECTORS) or f"; there are {', '.join(CONNECTORS)}")


def _fault_at(key: str, sentence: str, value: object) -> ValidationError:
    detail = InitErrorDetails(type=PydanticCustomError("kontorist", "{s}", {"s": sentence}), loc=(key,), input=value)
    return ValidationError.from_exception_data("Connector", [detail])
