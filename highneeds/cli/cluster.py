"""The option ``--scheduler``, which several verbs take."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from highneeds.batch.cluster import Cluster


def add_scheduler(options: argparse._ActionsContainer) -> None:
    """Add the option."""
    options.add_argument(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="a Dask cluster to work on instead of this machine (docs/scaling.md)",
    )


def cluster_of(
    options: argparse.Namespace, progress: Callable[[str], None]
) -> AbstractContextManager[Cluster | None]:
    """The cluster asked for, checked; None where the work is to be done here."""
    return _cluster(options.scheduler, progress) if options.scheduler else nullcontext()


@contextmanager
def _cluster(address: str, progress: Callable[[str], None]) -> Iterator[Cluster]:
    from highneeds.batch.cluster import connected

    with connected(address) as cluster:
        progress(cluster.words)
        yield cluster
