"""What a talk is: scenes, each a page of the app as an address sets it, what to say there, and what to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

AskedFor = Literal["choice", "number"]

OWN_QUESTIONS: dict[str, str] = {"race": "race", "break_it": "quiz", "train": "prediction"}
"""By page, what its own question is called, that a scene's question can stand in for."""


@dataclass(frozen=True)
class Question:
    """What a scene asks.

    Attributes:
        text: the question.
        kind: `choice` or `number`.
        choices: what can be chosen, in order; none for a number.
        answer: of a choice the place of the right one, counted from 0, as a text; of a number the name of the measure
            (`bn_core.exercises.measures`) that works it out; None where there is no right answer.
        run: the recorded run that the measure is of, by name; None where `answer` is no measure.
        in_place_of: the question of the page's own that this one stands in for (see OWN_QUESTIONS); None for none.
    """

    text: str
    kind: AskedFor
    choices: tuple[str, ...] = ()
    answer: str | None = None
    run: str | None = None
    in_place_of: str | None = None


@dataclass(frozen=True)
class Scene:
    """One scene.

    Attributes:
        id: what addresses call it: small letters, digits and hyphens.
        page: by its file.
        address: the parameters that set what the page shows, as texts; `run` is the name of a recorded run, from which
            `bn_core.talks.address_of` makes its id.
        title: a few words.
        say: what to say, by paragraph; it may be empty.
        ask: None where nothing is asked.
        minutes: how long it takes, more than 0.
        live: whether a network is trained in it.
    """

    id: str
    page: str
    title: str
    minutes: float
    address: Mapping[str, str] = field(default_factory=dict)
    say: tuple[str, ...] = ()
    ask: Question | None = None
    live: bool = False


@dataclass(frozen=True)
class Talk:
    """A talk: at least one scene.

    Attributes:
        id: what addresses call it: its file's name in small letters, digits and hyphens.
        title: what it is called.
    """

    id: str
    title: str
    scenes: tuple[Scene, ...]

    @property
    def minutes(self) -> float:
        """How long its scenes take, together."""
        return sum(scene.minutes for scene in self.scenes)


class TalkProblem(ValueError):  # noqa: N818 - named for what it tells
    """A file that is no talk. Its text is one sentence: the file, the line, what is wrong, and what to do."""
