"""Write the goldens anew, on purpose: python -m tests.goldens [NAME ...]."""

import sys

from tests.goldens.answers import KEPT, NAMES, answer, packed, paths

for name in sys.argv[1:] or NAMES:
    text, results = answer(name)
    KEPT.mkdir(exist_ok=True)
    text_path, results_path = paths(name)
    text_path.write_text(text, "utf-8", newline="\n")
    results_path.write_bytes(packed(results))
    sys.stdout.write(f"{name}\n")
