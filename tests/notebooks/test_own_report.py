"""Own figures from a council's file to its report: alone, in a folder, in a table of many."""

import csv
import io
import json
import re
from pathlib import Path

import nbformat
import openpyxl
import pytest

import highneeds as hn
from highneeds.batch.compare import compare_runs
from highneeds.batch.plan import Plan
from highneeds.batch.run import run_batch
from highneeds.errors import HighNeedsError, UsageError
from highneeds.notebook.run import run_report
from highneeds.own.read import read_own
from highneeds.own.template import template_bytes
from highneeds.report.headline import headline
from highneeds.report.outputs import output_files
from tests.batches import batch

# One with a Safety Valve agreement, one without a published block, one created in 2023.
KINDS = ("Kent", "City of London", "Cumberland")
PLANTED = '=HYPERLINK("http://example.org","x")<script>alert(1)</script>'
HEADER = "area,measure,at,value,source,date,owner\n"


def line(area, measure, at, value, words=PLANTED):
    held = io.StringIO()
    csv.writer(held, lineterminator="\n").writerow(
        (area, measure, at, value, words, "2026-06-12", words)
    )
    return held.getvalue()
