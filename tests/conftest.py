"""What all tests share: `--update-golden`, a cache of their own, and how hypothesis goes about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from verifier.cache import CACHE_DIR

# How long one example takes depends on who else is at work.
settings.register_profile("netqed", deadline=None)
settings.load_profile("netqed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew; read their diff"
    )


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let every program that a test runs keep what it reads, but in no home."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(CACHE_DIR, str(tmp_path_factory.mktemp("cache")))
        yield


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
