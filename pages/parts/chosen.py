"""A value that a control chooses, and something else on the page can choose too, such as a click on a chart.

The value of a control belongs to the browser. What a callback writes into it is overwritten by the next message of the
browser that was under way already, of a timer or of the click itself: on a busy machine the click is lost. So the
session keeps the value apart, and a control whose value something else chose makes way for a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pages.session.session import kept, widget

Value = TypeVar("Value")


@dataclass
class ChosenValues:
    """Each value that was chosen, by name, and how often something else than its control chose."""

    values: dict[str, tuple[Any, int]] = field(default_factory=dict)


class Chosen(Generic[Value]):
    """A value of the session with its control.

    Attributes:
        name: of the value in the session; the key of the control begins with it.
        first: the value before anybody chose one.
    """

    def __init__(self, name: str, first: Value) -> None:
        self.name = name
        self.first = first

    @property
    def value(self) -> Value:
        """The value that was chosen last."""
        value: Value = self._kept[0]
        return value

    @property
    def turn(self) -> int:
        """How often something else than the control chose."""
        return self._kept[1]

    @property
    def control(self) -> dict[str, Any]:
        """The arguments `key`, `on_change` and `args` of the control."""
        value, turn = self._kept
        return {"key": self._key(turn), "on_change": self._hear, "args": (self._key(turn), value)}

    def choose(self, value: Value) -> None:
        """Choose a value by other means than the control. For callbacks."""
        if value != self.value:
            kept(ChosenValues).values[self.name] = (value, self.turn + 1)

    def _hear(self, key: str, shown: Value) -> None:
        said = widget(key)
        if key == self._key(self.turn):
            kept(ChosenValues).values[self.name] = (said, self.turn)
        elif said is not None and said != shown:
            # It was used before its successor had come. One that was not is heard once more, too, with what it showed.
            self.choose(said)

    def _key(self, turn: int) -> str:
        return f"{self.name}-{turn}"

    @property
    def _kept(self) -> tuple[Value, int]:
        value: tuple[Value, int] = kept(ChosenValues).values.get(self.name, (self.first, 0))
        return value
