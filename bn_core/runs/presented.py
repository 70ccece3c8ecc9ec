"""What the store keeps of a talk that is given, as values, and the right of whoever gives it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from bn_core.runs.records import RunProblem

KEPT_SECONDS = 24 * 3600.0
"""For how long a talk that nobody ends is kept, with all that was said to it; and a presenter's right."""

TEXT_LIMIT = 500
"""Characters that a follower can write at once."""

HIDDEN, GUESSES, ANSWER = 0, 1, 2
"""What is shown of a question: nothing; what the class guesses, as it comes in; also what is right."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class NotPresenting(RunProblem, PermissionError):  # noqa: N818 - named for what it tells
    """Whoever asks holds no right to present, or not any more."""

    def __init__(self) -> None:
        super().__init__("Only the presenter can do this: enter the presenter's key on the page Teach.")


class NoTalk(RunProblem):
    """No talk is given at present."""

    def __init__(self) -> None:
        super().__init__("No talk is given at present: it has ended.")


class TalkGiven(RunProblem):
    """A talk is given already."""

    def __init__(self) -> None:
        super().__init__("A talk is given already: reload the page, and end that one first to open another.")


class NotTaken(RunProblem, ValueError):  # noqa: N818 - named for what it tells
    """A guess or a text that is not taken."""


@dataclass(frozen=True)
class Presenter:
    """The right to present, of one browser. Only `bn_core.presenting.entry` gives it, for the key or a code.

    It is worth what the store says of it: see `Classroom.presents`.

    Attributes:
        token: 256 random bits, which the browser keeps.
        browser: SHA-256 of the browser's id.
    """

    token: str = field(repr=False)
    browser: str = field(repr=False)

    @property
    def row(self) -> tuple[str, str]:
        """What is stored of it: SHA-256 of its token, and its browser."""
        return sha256(self.token), self.browser


@dataclass(frozen=True)
class Presentation:
    """A talk that is given, as it was when it was read.

    Attributes:
        id: four characters of a-f and 0-9, since people type it; another for each time that a talk is given.
        talk: the talk's id.
        scenes: the ids of its scenes, in order.
        begun: unix seconds when it was opened to the class.
        number: how many states it had, this one included: it grows with every change that a follower sees.
        scene: the id of the scene that is shown.
        since: unix seconds when that began.
        seconds: how long the clock had run when it was last started or stopped.
        clock_since: unix seconds since when the clock runs; None while it stands.
        run_id: the run that this scene began or chose; None where it has none.
        revealed: what of this scene's question everybody is shown: `HIDDEN`, `GUESSES` or `ANSWER`.
    """

    id: str
    talk: str
    scenes: tuple[str, ...]
    begun: float
    number: int
    scene: str
    since: float
    seconds: float
    clock_since: float | None
    run_id: str | None
    revealed: int

    @property
    def place(self) -> int:
        """Which of its scenes is shown, counted from 0."""
        return self.scenes.index(self.scene)

    def spent(self, now: float) -> float:
        """Return how many seconds the clock has run, `now` being unix seconds."""
        return self.seconds + (0.0 if self.clock_since is None else max(0.0, now - self.clock_since))


@dataclass(frozen=True)
class Guesses:
    """What the class guessed in one scene.

    Attributes:
        choices: how many chose what, by its place counted from 0.
        numbers: in ascending order.
    """

    choices: dict[int, int]
    numbers: tuple[float, ...]

    @property
    def count(self) -> int:
        """How many browsers guessed."""
        return sum(self.choices.values()) + len(self.numbers)


@dataclass(frozen=True)
class Remark:
    """What a follower wrote, without a name.

    Attributes:
        scene: the one that was shown.
        text: at most 500 characters.
        created: unix seconds.
        exercise: the key of the exercise that it was handed in of; None where it is a remark.
    """

    scene: str
    text: str
    created: float
    exercise: str | None


def sha256(text: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_token(text: object) -> bool:
    """Whether this could be a presenter's token."""
    return isinstance(text, str) and _TOKEN.fullmatch(text) is not None
