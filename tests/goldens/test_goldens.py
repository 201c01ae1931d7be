"""That no answer moved. To write them anew, on purpose: python -m tests.goldens."""

import difflib
import io

import numpy as np
import pandas as pd
import pytest

from tests.goldens.answers import KEPT, NAMES, answer, paths, unpacked

# Another platform's exponential may differ in the last digit.
_CLOSE = 1e-9


def test_the_goldens_kept_are_these():
    kept = {path.name for path in KEPT.iterdir()}
    assert kept == {path.name for name in NAMES for path in paths(name)}


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_has_not_moved(name):
    text, results = answer(name)
    text_path, results_path = paths(name)
    before = text_path.read_text("utf-8").splitlines()
    moved = list(difflib.unified_diff(before, text.splitlines(), lineterm="", n=0))
    assert moved == []
    old = pd.read_csv(io.BytesIO(unpacked(results_path.read_bytes())))
    new = pd.read_csv(io.BytesIO(results))
    assert list(new.columns) == list(old.columns)
    assert len(new) == len(old)
    for column in old:
        if old[column].dtype.kind == "f":
            np.testing.assert_allclose(
                new[column], old[column], rtol=_CLOSE, atol=_CLOSE, err_msg=column
            )
        else:
            assert list(new[column]) == list(old[column])
