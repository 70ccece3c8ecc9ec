"""A talk as data: scenes that the pages show one after the other. `talk` says what it is, `reading` reads its file.

One comes with the app; a teacher's own is the file that BN_TALK names.
"""

from __future__ import annotations

import functools
from pathlib import Path

from bn_core.environment import Environment
from bn_core.talks.answers import Right, right
from bn_core.talks.reading import CheckAddress, address_of, load_talk, of_configuration
from bn_core.talks.talk import Question, Scene, Talk, TalkProblem

__all__ = [
    "SHIPPED",
    "CheckAddress",
    "Question",
    "Right",
    "Scene",
    "Talk",
    "TalkProblem",
    "address_of",
    "chosen_talk",
    "load_talk",
    "right",
    "shipped_talk",
]

SHIPPED = Path(__file__).parent / "race-to-quiz.toml"


@functools.cache
def shipped_talk() -> Talk:
    """Return the talk that comes with the app."""
    return load_talk(SHIPPED)


def chosen_talk(environment: Environment, check: CheckAddress = of_configuration) -> Talk:
    """Return the talk of BN_TALK, read now; the shipped one where that is not set.

    Raises:
        TalkProblem: the file of BN_TALK is none.
    """
    return shipped_talk() if environment.talk is None else load_talk(environment.talk, check)
