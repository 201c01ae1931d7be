"""What every test shares: one numeric thread, no display, where the published files are."""

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Before numpy is imported: more threads change the last digits of a regression.
for library in ("MKL", "OMP", "OPENBLAS"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

# As in start.py: what a test starts need not compile every module again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell lets what it starts in the background ignore Ctrl-C, and nohup a closed window;
# so would every process that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

ROOT = Path(__file__).resolve().parent.parent
QUICK = ("tests/unit/", "tests/property/")
# Their cells work out the whole backtest, every resample of inspections, all of England.
SLOW = tuple(f"notebooks/{number}_" for number in ("06", "07", "08", "10"))
# The tests are about the tables shipped, whatever editions this user has added.
os.environ["HIGHNEEDS_DATA_DIR"] = str(ROOT / ".pytest_cache" / "no-added-editions")

# Its 200 ms for an example say how busy the machine is, nothing about the code.
settings.register_profile("untimed", parent=settings.default, deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser):
    parser.addoption(
        "--slow", action="store_true", help="run the slow tests too, as CI does"
    )


def pytest_configure():
    import matplotlib as mpl  # only now, when the thread count is set

    # Not by MPLBACKEND: the notebooks' kernels would inherit it and show no figures.
    mpl.use("Agg")


def pytest_collection_modifyitems(config, items):
    # Files of a second or two come last, so that two workers end at about the same time.
    items.sort(key=lambda item: item.nodeid.startswith(QUICK))
    if config.getoption("--slow"):
        return
    for item in items:
        if item.get_closest_marker("slow") or item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.skip(reason="slow: run with --slow, as CI does"))


@pytest.fixture(scope="session")
def raw_dir() -> Path:
    """Folder of the files as published; a test that needs them is skipped without it."""
    given = os.environ.get("HIGHNEEDS_RAW_DIR")
    if given:
        assert Path(given).is_dir(), f"HIGHNEEDS_RAW_DIR is {given}, which is no folder"
        return Path(given)
    beside = ROOT.parent / "shared" / "data" / "raw"
    if not beside.is_dir():
        pytest.skip(
            "needs the published files (data/SOURCES.md lists them): put their folder in "
            "HIGHNEEDS_RAW_DIR"
        )
    return beside
