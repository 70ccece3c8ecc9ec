"""How a number is written wherever it is read: with a true minus, and with an exponent as short as it can be."""

from __future__ import annotations

import re

MINUS = "\N{MINUS SIGN}"

_EXPONENT = re.compile(r"(?<=\d)e([+-])0*(\d+)")
_SIGN = re.compile(r"(?<![\de])-(?=\d)")


def as_read(written: str) -> str:
    """Return what Python wrote as it is read: `−0.5` for `-0.5`, `2e-5` for `2e-05`, as charts write both."""
    short = _EXPONENT.sub(lambda found: f"e{found[1].lstrip('+')}{found[2]}", written)
    return _SIGN.sub(MINUS, short)
