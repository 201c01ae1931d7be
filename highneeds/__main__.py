"""``python -m highneeds``: the command line, without a console script."""

import sys

from highneeds.cli import main

if __name__ == "__main__":
    sys.exit(main())
