"""Finds the connector that config.yaml names under `use:` and builds it; nothing is imported before it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from pydantic import SecretStr

from connectors.settings import ConnectorSettings
from kontorist.domain.errors import SetupWrong
from kontorist.domain.ports import ActionSink, Clock, EventSource, PushSource

Connector = EventSource | PushSource | ActionSink

#: Every connector there is, as `use:` names it.
CONNECTORS: Final = (
    "folder/local",
    "mail/imap",
    "mail/maildir",
    "mail/smtp",
    "webhook/callback",
    "webhook/shopify",
    "webhook/standard",
    "webhook/woocommerce",
)


class ConnectorUnknown(SetupWrong):
    """There is no such connector."""

    code = "KON-370"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorContext:
    """What a connector may know of the house it stands in."""

    root: Path  #: the folder of config.yaml; relative paths begin there
    secret: Callable[[str], str]  #: the value of a secret by its name; raises SetupWrong where it is missing
    clock: Clock
    mail_domain: str | None = None  #: our own domain in Message-IDs; None = the sender's


def settings_model(use: str) -> type[ConnectorSettings]:
    """The settings of the connector `use`, for checking config.yaml. Raises ConnectorUnknown."""
    model: type[ConnectorSettings] = _module(use).Settings
    return model


def capabilities(use: str) -> frozenset[str]:
    """What the connector `use` can do: any of ``source``, ``push``, ``sink``. Raises ConnectorUnknown."""
    return frozenset(_module(use).CAPABILITIES)


def build(use: str, name: str, settings: Mapping[str, Any] | ConnectorSettings, context: ConnectorContext) -> Connector:
    """The connector `use` under the name it has in config.yaml.

    `settings` are its keys without `use`; each ``{secret: NAME}`` in them is resolved here, so that a value exists
    only in memory and as SecretStr. Raises ConnectorUnknown, pydantic's ValidationError, or SetupWrong.
    """
    module = _module(use)
    if not isinstance(settings, ConnectorSettings):
        settings = module.Settings.model_validate(with_secrets(settings, context.secret))
    connector: Connector = module.build(name, settings, context)
    return connector


def with_secrets(value: Any, secret: Callable[[str], str]) -> Any:
    """`value` with every ``{secret: NAME}`` replaced by its SecretStr."""
    if isinstance(value, Mapping):
        if set(value) == {"secret"} and isinstance(value["secret"], str):
            return SecretStr(secret(value["secret"]))
        return {key: with_secrets(each, secret) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [with_secrets(each, secret) for each in value]
    return value


def _module(use: str) -> ModuleType:
    if use not in CONNECTORS:
        raise ConnectorUnknown(f"There is no connector {use!r}; there are {', '.join(CONNECTORS)}.")
    return importlib.import_module("connectors." + use.replace("/", "."))
