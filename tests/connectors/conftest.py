"""What the tests of several connectors share."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontorist.testing.twins.certificates import Certificates, throwaway_certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return throwaway_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return throwaway_certificates(tmp_path_factory.mktemp("other")).ca_file
