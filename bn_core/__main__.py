"""`python -m bn_core`: the lab without a browser."""

from __future__ import annotations

import sys

from bn_core.cli import lab

if __name__ == "__main__":
    sys.exit(lab(prog_name="python -m bn_core"))
