"""`python -m bn_core`: the lab without a browser."""

from __future__ import annotations

import sys

from bn_core.cli import run

if __name__ == "__main__":
    run(sys.argv[1:], "python -m bn_core")
