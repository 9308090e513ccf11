"""What the docs must say, they say: a flow without its page, a page without its flow, a dead link each fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kontorist.config import known_flows

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def page_of(flow: str) -> str:
    return re.sub("[/_]", "-", flow) + ".md"


@pytest.mark.parametrize("flow", known_flows())
def test_every_flow_has_its_page_which_names_it(flow: str) -> None:
    assert f"# {flow}:" in (ROOT / "docs" / "processes" / page_of(flow)).read_text()


def test_no_process_page_is_about_a_flow_that_is_gone() -> None:
    pages = {path.name for path in (ROOT / "docs" / "processes").glob("*.md")}

    assert pages == {page_of(flow) for flow in known_flows()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_decision_stands_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text()))

    assert listed == {path.name for path in folder.glob("0*.md")}


def test_only_the_effect_runner_calls_a_sink() -> None:
    """An outside act that is not an effect could be done twice (docs/decisions/0003)."""
    calls = re.compile(r"\.apply\(")
    # they hand the act to the runner; late_sink.py only stands in for a connector
    allowed = {f"kontorist/services/{name}.py" for name in ("letters", "replies", "payroll/mailing", "late_sink")}
    callers = ("flows", "tasks", "kontorist/services", "kontorist/engine", "kontorist/cli")  # those that hold sinks
    sources = [path for top in callers for path in (ROOT / top).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in sources if calls.search(path.read_text())}

    assert found <= allowed
