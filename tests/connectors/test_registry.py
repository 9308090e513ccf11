"""The registry of connectors, the settings they share, and the page that describes them."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from connectors.registry import CONNECTORS, ConnectorContext, ConnectorUnknown, build, capabilities, settings_model
from connectors.settings import Duration, Size
from kontorist.domain.ports import ActionSink, EventSource, PushSource
from kontorist.testing.fakes import FakeClock, secrets
from kontorist.testing.twins.webhook_sender import new_secret

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "connectors.md"
LEAST: dict[str, dict[str, Any]] = {
    "folder/local": {"path": "in"},
    "mail/imap": {"host": "127.0.0.1", "user": "u", "password": {"secret": "shop"}},
    "mail/maildir": {"path": "mail", "sender": "k@example.org"},
    "mail/smtp": {"host": "127.0.0.1", "sender": "k@example.org"},
    "webhook/callback": {"url": "https://shop.example.org/hooks", "key": {"secret": "shop"}},
    "webhook/shopify": {"key": {"secret": "shop"}},
    "webhook/standard": {"key": {"secret": "shop"}},
    "webhook/woocommerce": {"key": {"secret": "shop"}},
}
PORTS = {"source": EventSource, "push": PushSource, "sink": ActionSink}


@pytest.mark.parametrize("use", CONNECTORS)
def test_every_connector_is_built_from_its_least_settings_and_does_what_it_says(use: str, tmp_path: Path) -> None:
    context = ConnectorContext(root=tmp_path, secret=secrets(shop=new_secret()), clock=FakeClock())
    connector = build(use, "door", LEAST[use], context)

    for ability, port in PORTS.items():
        assert isinstance(connector, port) is (ability in capabilities(use)), ability
    assert build(use, "door", settings_model(use).model_validate(with_value(LEAST[use])), context)


def with_value(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: SecretStr(new_secret()) if isinstance(each, dict) else each for key, each in settings.items()}


def test_a_connector_that_does_not_exist_is_said_with_those_that_do() -> None:
    with pytest.raises(ConnectorUnknown, match=r"no connector 'mail/pop3'; there are folder/local, mail/imap"):
        settings_model("mail/pop3")
    with pytest.raises(ConnectorUnknown):
        capabilities("mail/message")


def test_the_registry_names_every_module_that_can_be_built() -> None:
    root = Path(__file__).parents[2] / "connectors"
    found = {
        str(file.relative_to(root).with_suffix(""))
        for file in root.glob("*/*.py")
        if "\nCAPABILITIES" in file.read_text()
    }
    assert found == set(CONNECTORS)


def test_checking_settings_loads_no_heavy_library() -> None:
    program = (
        "import sys\nfrom connectors.registry import *\nfor use in CONNECTORS: settings_model(use), capabilities(use)\n"
        "print({'yagmail', 'prefect', 'pandas', 'fastapi', 'lxml', 'jinja2', 'mrml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"


def test_a_secret_is_resolved_where_it_is_named_and_is_never_shown(tmp_path: Path) -> None:
    context = ConnectorContext(root=tmp_path, secret=secrets(shop=new_secret()), clock=FakeClock())
    connector = build("webhook/standard", "shop", {"key": [{"secret": "shop"}]}, context)

    assert new_secret() not in repr(getattr(connector, "settings"))  # noqa: B009 - not every connector has settings
    with pytest.raises(KeyError):
        build("webhook/standard", "shop", {"key": {"secret": "unknown"}}, context)


@pytest.mark.parametrize(
    ("text", "value"),
    [("10s", timedelta(seconds=10)), ("5m", timedelta(minutes=5)), (" 2 h", timedelta(hours=2)), ("1d", timedelta(1))],
)
def test_durations_as_people_write_them(text: str, value: timedelta) -> None:
    assert TypeAdapter(Duration).validate_python(text) == value


@pytest.mark.parametrize(
    ("text", "size"),
    [("50MiB", 52_428_800), ("1MB", 1_000_000), ("1 kB", 1000), ("7B", 7), ("2KiB", 2048), ("2GiB", 2**31), (9, 9)],
)
def test_sizes_as_people_write_them(text: str | int, size: int) -> None:
    assert TypeAdapter(Size).validate_python(text) == size


@pytest.mark.parametrize("text", ["", "10", "10 s m", "-1s", "1.5h", "ten", "1w"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(text)


@pytest.mark.parametrize("text", ["", "10", "1TB", "1giB", "1miB", "1kiB x", "-1B"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Size).validate_python(text)


def rows(use: str) -> list[str]:
    """The table of settings as the page must show it."""
    return [
        f"| `{key}` | {shown(field.get_default()) if not field.is_required() else 'required'} | {field.description} |"
        for key, field in settings_model(use).model_fields.items()
    ]


def shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, timedelta):
        value = f"{int(value.total_seconds())}s"
    elif isinstance(value, int) and value >= 1024**2:
        value = f"{value // 1024**2}MiB"
    elif isinstance(value, tuple):
        value = ", ".join(value)
    return f"`{value}`"


@pytest.mark.parametrize("use", CONNECTORS)
def test_the_page_says_every_setting_with_its_default(use: str) -> None:
    section = PAGE.read_text("utf-8").partition(f"\n## {use}\n")[2].partition("\n## ")[0]
    assert [line for line in section.splitlines() if line.startswith("| `")] == rows(use)
