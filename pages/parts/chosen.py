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
class Choice:
    """The value that was chosen last.

    Attributes:
        changes: how often the value changed.
        turn: how often something else than the control changed it.
        heard: the key of the latest control that was used, and what it said.
    """

    value: Any
    changes: int = 0
    turn: int = 0
    heard: tuple[str, Any] | None = None


@dataclass
class Choices:
    """What was chosen in the session, by name."""

    by_name: dict[str, Choice] = field(default_factory=dict)


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
        value: Value = self._choice.value
        return value

    @property
    def changes(self) -> int:
        """How often the value changed."""
        return self._choice.changes

    @property
    def control(self) -> dict[str, Any]:
        """The arguments `key`, `on_change` and `args` of the control."""
        return {"key": self._key, "on_change": self._hear, "args": (self._key, self.value)}

    def choose(self, value: Value) -> None:
        """Choose a value by other means than the control. For callbacks."""
        if value != self.value:
            self._change(value)
            self._choice.turn += 1

    def _hear(self, key: str, shown: Value) -> None:
        said, before = widget(key), self._choice.heard
        if said is not None:
            self._choice.heard = (key, said)
        if key == self._key:
            self._change(said)
        elif said not in (None, shown) and (key, said) != before:
            # It was used before its successor had come. One that was not is heard again, too, with what it showed, or
            # with what it said before.
            self.choose(said)

    def _change(self, value: Value) -> None:
        self._choice.value = value
        self._choice.changes += 1

    @property
    def _key(self) -> str:
        return f"{self.name}-{self._choice.turn}"

    @property
    def _choice(self) -> Choice:
        return kept(Choices).by_name.setdefault(self.name, Choice(self.first))
