"""Write the expected results anew: python -m tests.reference [SCENARIO ...]."""

import sys

from tests.reference.expected import SCENARIOS, expected_csv

names = sys.argv[1:] or sorted(path.stem for path in SCENARIOS.glob("*.toml"))
for name in names:
    (SCENARIOS / f"{name}.expected.csv").write_text(
        expected_csv(name), "utf-8", newline="\n"
    )
    sys.stdout.write(f"{name}.expected.csv\n")
