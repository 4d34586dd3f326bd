"""What all tests share: where the checkout is, `--update-golden`, and how hypothesis goes about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# How long one example takes depends on who else is at work.
settings.register_profile("netqed", deadline=None)
settings.load_profile("netqed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew; read their diff"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep tests that write what other tests read in one process.

    Raises:
        pytest.UsageError: golden files are to be written by several.
    """
    if config.getoption("--update-golden") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--update-golden: writes what other tests read; leave out -n")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def root() -> Path:
    return Path(__file__).resolve().parent.parent
