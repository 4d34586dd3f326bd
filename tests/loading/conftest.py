"""A store of its own for each test."""

from __future__ import annotations

import pytest

from verifier.cache import Store, open_store


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store({"NETQED_CACHE_DIR": str(tmp_path_factory.mktemp("cache"))})
