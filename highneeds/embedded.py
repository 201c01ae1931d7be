"""The names of `home` and `atomic` under the one they had, for modules still to move."""

from __future__ import annotations

from highneeds.atomic import (
    one_writer,
    recover_folder,
    replace_file,
    replace_folder,
    require_folder,
    sha256,
    table_bytes,
    try_lock,
)
from highneeds.home import (
    EDITIONS_FILE,
    ENGLAND_FILE,
    PAST_FILE,
    USER_DIR_VARIABLE,
    built_on,
    data_dir,
    edition_of,
    notebooks_dir,
    read_table,
    shipped_tables_dir,
    stated_files,
    tables_dir,
    user_dir,
)

__all__ = [
    "EDITIONS_FILE",
    "ENGLAND_FILE",
    "PAST_FILE",
    "USER_DIR_VARIABLE",
    "built_on",
    "data_dir",
    "edition_of",
    "notebooks_dir",
    "one_writer",
    "read_table",
    "recover_folder",
    "replace_file",
    "replace_folder",
    "require_folder",
    "sha256",
    "shipped_tables_dir",
    "stated_files",
    "table_bytes",
    "tables_dir",
    "try_lock",
    "user_dir",
]
