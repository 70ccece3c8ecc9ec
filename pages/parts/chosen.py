"""A value that a control chooses, and something else on the page can choose too, such as a click on a chart.

The value of a control belongs to the browser. What a callback writes into it is overwritten by the next message of the
browser that was under way already, of a timer or of the click itself: on a busy machine the click is lost. So the
session keeps the value apart, and a control whose value something else chose makes way for a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pages.session.session import widget


@dataclass
class Chosen:
    """A value with its control. What is chosen is a subclass, of which the session keeps one: see `session.kept`.

    Attributes:
        name: the key of the control begins with it.
        value: the one that was chosen last; the default is the one before anybody chose.
        changes: how often the value changed.
        turn: how often something else than the control changed it.
        heard: the key of the latest control that was used, and what it said.
    """

    name: ClassVar[str]
    value: Any
    changes: int = 0
    turn: int = 0
    heard: tuple[str, Any] | None = None

    @property
    def control(self) -> dict[str, Any]:
        """The arguments `key`, `on_change` and `args` of the control."""
        return {"key": self._key, "on_change": self._hear, "args": (self._key, self.value)}

    def choose(self, value: object) -> None:
        """Choose a value by other means than the control. For callbacks."""
        if value != self.value:
            self._change(value)
            self.turn += 1

    def _hear(self, key: str, shown: object) -> None:
        said, before = widget(key), self.heard
        if said is not None:
            self.heard = (key, said)
        if key == self._key:
            self._change(said)
        elif said not in (None, shown) and (key, said) != before:
            # It was used before its successor had come. One that was not is heard again, too, with what it showed, or
            # with what it said before.
            self.choose(said)

    def _change(self, value: object) -> None:
        self.value = value
        self.changes += 1

    @property
    def _key(self) -> str:
        return f"{self.name}-{self.turn}"
