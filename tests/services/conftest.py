from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kontorist.extraction.checking import Checker
from kontorist.extraction.reading import open_pool
from kontorist.sandbox import Pool
from kontorist.testing.documents.company import SamplePaper, sample_month
from kontorist.testing.office import TODAY, Office, SharedPool, open_office


@pytest.fixture(scope="session")
def readers() -> Iterator[Pool]:
    pool = open_pool(1)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def post(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SamplePaper]:
    papers = sample_month(tmp_path_factory.mktemp("post"), today=TODAY)
    return {paper.file.name: paper for paper in papers}


@pytest.fixture
def office(tmp_path: Path, readers: Pool, post: dict[str, SamplePaper], einvoice_checker: Checker) -> Iterator[Office]:
    office = open_office(tmp_path, readers, post)
    office.services._rules_pool = SharedPool(einvoice_checker.checking)  # type: ignore[assignment]
    yield office
    office.services.close()
