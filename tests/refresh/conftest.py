"""A user's folder of one's own, and published files made once."""

import pytest

from highneeds import home
from tests.refresh.published import as_csv, in_2026, timeliness


@pytest.fixture
def user_dir(tmp_path, monkeypatch):
    """An empty folder for what the user adds; nothing is added yet."""
    folder = tmp_path / "user"
    monkeypatch.setenv(home.USER_DIR_VARIABLE, str(folder))
    return folder


@pytest.fixture(scope="session")
def release_2026():
    """Timeliness to calendar 2025, in which there were twice the plans of 2024."""
    return as_csv(in_2026(timeliness(2025)))


@pytest.fixture(scope="session")
def release_2027():
    """The release after, to calendar 2026."""
    return as_csv(in_2026(timeliness(2026)))
