"""A small batch made once, and workers that do not outlive a test."""

import pytest

from benchmarks.small import small_notebook
from highneeds.batch.workers import Worker
from tests.batches import run_small


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    return small_notebook(tmp_path_factory.mktemp("notebook"))


@pytest.fixture(scope="session")
def made(small, tmp_path_factory):
    return run_small(tmp_path_factory.mktemp("reports"), small, workers=2)


@pytest.fixture
def worker(tmp_path):
    made = []

    def start(**more):
        made.append(Worker(tmp_path, f"worker-{len(made)}", **more))
        return made[-1]

    yield start
    for one in made:
        one.restart()
