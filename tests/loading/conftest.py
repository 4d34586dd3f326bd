"""A store of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from verifier.cache import Store, open_store


@pytest.fixture
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def store(cache_folder: Path) -> Store:
    return open_store({"NETQED_CACHE_DIR": str(cache_folder)})
