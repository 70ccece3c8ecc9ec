"""What a person did in a component that moves in the browser alone, and says where it was left: `browser/saying.js`."""

from __future__ import annotations

from dataclasses import dataclass

from pages.session.session import widget


@dataclass(frozen=True)
class Said:
    """Nothing in it is taken on trust.

    Attributes:
        value: what the component was left at.
        turn: counts what it said, from 1; 0 where it has said nothing yet.
    """

    value: object = None
    turn: int = 0


def said(key: str) -> Said:
    """Return what the component of this key said last."""
    left = (widget(key) or {}).get("left")
    if not isinstance(left, dict) or not isinstance(turn := left.get("turn"), int):
        return Said()
    return Said(left.get("value"), turn)
