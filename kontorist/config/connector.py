"""One entry under `connectors:`: its `use:` names the module whose Settings check the rest, imported only then."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SerializeAsAny, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from kontorist.config.faults import suggestion
from kontorist.config.types import Section

_USE = re.compile("[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")


def known_products() -> list[str]:
    """Every ``kind/product`` that there is a file for; nothing is imported."""
    spec = importlib.util.find_spec("connectors")
    places = [] if spec is None else spec.submodule_search_locations or []
    files = (file for place in places for file in Path(place).glob("*/*.py"))
    return sorted(f"{file.parent.name}/{file.stem}" for file in files if not file.name.startswith("_"))


def settings_class(use: str) -> type[BaseModel]:
    """The Settings of the connector module that `use` names."""
    module = importlib.import_module(f"connectors.{use.replace('/', '.')}")
    settings: type[BaseModel] = module.Settings
    return settings


class Connector(Section):
    """A connector by its product, with the settings that product asks for."""

    use: str
    settings: SerializeAsAny[BaseModel]

    @model_validator(mode="before")
    @classmethod
    def _settings_of_the_product(cls, value: Any) -> Any:
        if not isinstance(value, dict) or isinstance(value.get("settings"), BaseModel):
            return value
        use = value.get("use")
        known = known_products()
        if not isinstance(use, str) or use not in known or not _USE.fullmatch(use):
            raise _fault_at("use", _wrong_use(use, known), use)
        rest = {key: inner for key, inner in value.items() if key != "use"}
        return {"use": use, "settings": settings_class(use).model_validate(rest)}


def _wrong_use(use: object, known: list[str]) -> str:
    if not isinstance(use, str):
        return 'is missing; name a product, such as "folder/local"'
    return f'there is no connector "{use}"' + (suggestion(use, known) or f"; there are {', '.join(known)}")


def _fault_at(key: str, sentence: str, value: object) -> ValidationError:
    detail = InitErrorDetails(type=PydanticCustomError("kontorist", "{s}", {"s": sentence}), loc=(key,), input=value)
    return ValidationError.from_exception_data("Connector", [detail])
