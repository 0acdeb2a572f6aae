from __future__ import annotations

from collections.abc import Iterator

import pytest
from sparkcluster import spark_cluster


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Spark standalone cluster that lives as long as the tests of this folder."""
    with spark_cluster(tmp_path_factory.mktemp("spark")) as url:
        yield url
