"""From a tree to a Config: pydantic's errors as sentences at their places, and every reference looked up."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from connectors.registry import CONNECTORS, settings_model
from kontorist.config.connector import Connector
from kontorist.config.faults import Fault, suggestion
from kontorist.config.models import Config, Role
from kontorist.config.secrets import Secret, secrets_in, variable_of, with_secrets
from kontorist.config.tree import KeyPath, Tree, dotted
from kontorist.domain.calendars import MonthTooShort
from kontorist.domain.routing import carries_money


def checked(tree: Tree, faults: list[Fault], environment: Mapping[str, str], *, need_secrets: bool) -> Config | None:
    """The Config, or None where `faults` has grown: everything that is wrong, not only the first."""
    data = {
        **tree.data,
        **{name: with_secrets(tree.data[name], environment) for name in _SECRETIVE if name in tree.data},
    }
    config: Config | None = None
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        faults.extend(_fault(tree, detail) for detail in error.errors(include_url=False))
    else:
        faults.extend(_secret_faults(tree, config, need_secrets))
        faults.extend(_schedule_faults(tree, config))
    faults.extend(_reference_faults(tree))
    return config


#: The sections in which a value may be ``{secret: NAME}``.
_SECRETIVE = ("connectors", "archive", "payroll")


def _fault(tree: Tree, error: ErrorDetails) -> Fault:
    path = tuple(part for part in error["loc"] if part != "[key]")
    unknown = error["type"] == "extra_forbidden" or "[key]" in error["loc"]
    place = tree.place(path, key=unknown or error["type"] == "missing")
    return Fault(place=place, key=dotted(path), sentence=_sentence(tree, path, error))


def _sentence(tree: Tree, path: KeyPath, error: ErrorDetails) -> str:
    """Our words for pydantic's errors; the value itself is never quoted, it may be a secret."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return "unknown key" + suggestion(str(path[-1]), _keys_at(tree, path[:-1]))
    if kind == "literal_error":
        allowed = [str(value).strip("'") for value in _expected(context)]
        return f"has to be one of {', '.join(allowed)}" + suggestion(str(error["input"]), allowed)
    if kind == "value_error":
        return str(context["error"])
    return _SENTENCES.get(kind) or error["msg"][0].lower() + error["msg"][1:]


_SENTENCES = {
    "missing": "is missing",
    "bool_type": "has to be true or false (yes, no, on and off are text)",
    "string_type": "has to be text; put it in quotes",
    "int_type": "has to be a whole number",
    "int_parsing": "has to be a whole number",
    "dict_type": "has to hold keys and values",
    "model_type": "has to hold keys and values",
    "tuple_type": "has to be a list",
    "list_type": "has to be a list",
    "string_too_short": "is empty",
    "too_short": "is empty",
}


def _expected(context: Mapping[str, Any]) -> list[str]:
    return str(context["expected"]).replace(" or ", ", ").split(", ")


def _keys_at(tree: Tree, path: KeyPath) -> list[str]:
    """The keys allowed at `path`, found by walking the models."""
    model: Any = Config
    data: Any = tree.data
    for part in path:
        data = data.get(part) if isinstance(data, dict) else data[part] if isinstance(part, int) else None
        model = _inner_model(model, part, data)
        if model is None:
            return []
    if model is Connector:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _inner_model(model: Any, part: str | int, data: Any) -> Any:
    if isinstance(model, type) and issubclass(model, BaseModel):
        by_key = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        model = by_key.get(str(part))
        if isinstance(model, UnionType):  # a section that may be left out
            model = next((each for each in get_args(model) if hasattr(each, "model_fields")), model)
    else:  # a mapping or a list: its last argument says what is inside
        model = next((each for each in reversed(get_args(model)) if each is not Ellipsis), None)
    if model is Connector:
        use = data.get("use") if isinstance(data, dict) else None
        return settings_model(use) if use in CONNECTORS else None
    return model


def _secret_faults(tree: Tree, config: Config, need: bool) -> Iterator[Fault]:
    settings: list[tuple[KeyPath, BaseModel]] = [
        (("connectors", name), each.settings) for name, each in config.connectors.items()
    ]
    for start, model in [*settings, (("archive",), config.archive), (("payroll",), config.payroll)]:
        for full_path, secret in secrets_in(model, start):
            path = tree.written(full_path)
            if not isinstance(secret, Secret):
                sentence = "a secret is never written here; write {secret: NAME} and set KONTORIST_SECRET_NAME"
                yield Fault(place=tree.place(path), key=dotted(path), sentence=sentence)
            elif need and not secret.present:
                sentence = f"{secret.why_not}; set {variable_of(secret.name)} or {variable_of(secret.name)}_FILE"
                yield Fault(place=tree.place(path), key=dotted(path), sentence=sentence)


def _schedule_faults(tree: Tree, config: Config) -> Iterator[Fault]:
    """A workday that some month does not have would be missed in silence."""
    for name, schedule in config.schedules.items():
        if schedule.only is None or schedule.calendar not in config.calendars:
            continue
        try:
            schedule.look_for_short_months(config.calendar(schedule.calendar))
        except MonthTooShort as error:
            path = ("schedules", name, "only")
            yield Fault(place=tree.place(path), key=dotted(path), sentence=error.sentence)


def known_flows() -> list[str]:
    """Every ``subject/name`` that there is a file for under flows/; nothing is imported, Prefect least of all."""
    spec = importlib.util.find_spec("flows")
    places = [] if spec is None else spec.submodule_search_locations or []
    files = (file for place in places for file in Path(place).glob("*/*.py"))
    return sorted(f"{file.parent.name}/{file.stem}" for file in files if not file.name.startswith("_"))


def _reference_faults(tree: Tree) -> Iterator[Fault]:
    """Names that stand for something else have to exist; looked up in the raw data, so that all is told at once."""
    flows, connectors, people = known_flows(), _names(tree, "connectors"), _names(tree, "people")
    references: list[tuple[KeyPath, str, Iterable[str]]] = [
        (("routes", _ANY, "run"), "flow", flows),
        (("routes", _ANY, "reply_to"), "connector", connectors),
        (("schedules", _ANY, "run"), "flow", flows),
        (("schedules", _ANY, "calendar"), "calendar", _names(tree, "calendars")),
        (("notifications", "mail_out"), "connector", connectors),
        (("reporting", "daily_report", "to", _ANY), "person", people),
        (("reporting", "month_pack", "to", _ANY), "person", people),
        (("helpdesk", "rules", _ANY, "owner"), "person", people),
        (("helpdesk", "owner"), "person", people),
        (("helpdesk", "calendar"), "calendar", _names(tree, "calendars")),
    ]
    for pattern, what, known in references:
        for path, word in _found(tree.data, pattern):
            if isinstance(word, str) and word not in known:
                sentence = f'no {what} "{word}"' + suggestion(word, known)
                yield Fault(place=tree.place(path), key=dotted(path), sentence=sentence)
    yield from _payroll_faults(tree)
    yield from _lane_faults(tree)
    yield from _people_faults(tree)


def _payroll_faults(tree: Tree) -> Iterator[Fault]:
    """The file of an event is encrypted by the event's type, before any route is looked up."""
    for path, route in _found(tree.data, ("routes", _ANY)):
        event, flow = (str(route.get(key)) for key in ("on", "run")) if isinstance(route, dict) else ("", "")
        if flow.startswith("payroll/") and not event.startswith(("payroll.", "approval.")):
            key = (*path, "on")
            sentence = "sheets for payroll arrive as payroll.sheet_received, so that they are encrypted from the start"
            yield Fault(place=tree.place(key), key=dotted(key), sentence=sentence)


def _lane_faults(tree: Tree) -> Iterator[Fault]:
    """What is about money or a decision is never done together with others, nor elsewhere (docs/decisions/0018)."""
    routes, schedules = (_found(tree.data, (section, _ANY)) for section in ("routes", "schedules"))
    for path, route in (*routes, *schedules):
        if not isinstance(route, dict) or route.get("lane") not in ("batch", "pool"):
            continue
        if carries_money(str(route.get("on")), str(route.get("run"))):
            key = (*path, "lane")
            sentence = "what carries money or a decision has a run of its own; leave it away or write own"
            yield Fault(place=tree.place(key), key=dotted(key), sentence=sentence)


_ANY = "*"


def _names(tree: Tree, section: str) -> list[str]:
    found = tree.data.get(section)
    return [str(name) for name in found] if isinstance(found, dict) else []


def _found(data: Any, pattern: KeyPath, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value at a path that fits `pattern`, where ``*`` stands for any key or index."""
    if not pattern:
        yield path, data
        return
    first, rest = pattern[0], pattern[1:]
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(data, dict):
        items = data.items() if first == _ANY else [(first, data[first])] if first in data else []
    elif isinstance(data, list):
        items = ((index, each) for index, each in enumerate(data) if first in (_ANY, index))
    for key, value in items:
        yield from _found(value, rest, (*path, key))


def _people_faults(tree: Tree) -> Iterator[Fault]:
    """Logins are unique, and each step of an approval has enough people who could agree."""
    logins = list(_found(tree.data, ("people", _ANY, "login")))
    counts = Counter(login for _, login in logins if isinstance(login, str))
    for path, login in logins:
        if isinstance(login, str) and counts[login] > 1:
            yield Fault(place=tree.place(path), key=dotted(path), sentence=f'two people have the login "{login}"')
    if tree.data.get("people") and "system" in _names(tree, "people"):
        place = tree.place(("people", "system"), key=True)
        yield Fault(place=place, key="people.system", sentence='"system" stands for the machine itself')
    for path, step in _found(tree.data, ("approvals", "rules", _ANY, "steps", _ANY)):
        yield from _step_faults(tree, path, step, _has_role(tree))


def _has_role(tree: Tree) -> Callable[[list[str]], int]:
    roles = [found for _, found in _found(tree.data, ("people", _ANY, "roles")) if isinstance(found, list)]
    return lambda wanted: sum(1 for each in roles if any(role in each for role in wanted))


def _step_faults(tree: Tree, path: KeyPath, step: Any, people_with: Callable[[list[str]], int]) -> Iterator[Fault]:
    if not isinstance(step, dict) or not isinstance(step.get("any_of"), list):
        return
    wanted = [role for role in step["any_of"] if role in get_args(Role)]
    needed = step.get("needed", 1)
    if not wanted or not isinstance(needed, int) or people_with(wanted) >= needed:
        return
    key = (*path, "any_of")
    sentence = (
        f"{needed} needed, but {people_with(wanted) or 'nobody'} under people: has the role {' or '.join(wanted)}"
    )
    yield Fault(place=tree.place(key), key=dotted(key), sentence=sentence)
