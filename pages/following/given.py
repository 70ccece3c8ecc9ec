"""The talk that is given at present, with its scenes."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass

from bn_core.environment import Environment, examine_environment
from bn_core.runs.presented import Presentation
from bn_core.talks import Scene, Talk, TalkProblem, address_of, chosen_talk
from pages.session import startup, url_state
from pages.session.scene_address import wrong_with


@dataclass(frozen=True)
class Given:
    """A talk that is given, and where it is.

    Attributes:
        state: what the store says of it.
        talk: what its file says.
    """

    state: Presentation
    talk: Talk

    @property
    def scene(self) -> Scene:
        """The scene that is shown."""
        return self.talk.scenes[self.state.place]

    @property
    def run(self) -> str | None:
        """The run that the scene shows: one that was begun in it, else the recorded one that it names."""
        return self.state.run_id or address_of(self.scene).get("run")

    @property
    def address(self) -> dict[str, str]:
        """The URL parameters of the scene's page for whoever follows."""
        run = {} if self.run is None else {"run": self.run}
        return address_of(self.scene) | run | {"talk": self.state.id, "scene": self.state.scene}


def chosen() -> Talk:
    """Return the talk that can be given: BN_TALK's, else the one that comes with the app.

    Raises:
        TalkProblem: the file of BN_TALK is none.
    """
    environment, _ = examine_environment()  # the page says above what is wrong with it
    changed = None
    if environment.talk is not None:
        with contextlib.suppress(OSError):
            changed = environment.talk.stat().st_mtime_ns
    return _read(environment, changed)


@functools.lru_cache(maxsize=4)
def _read(environment: Environment, changed: int | None) -> Talk:
    """Return the talk as its file was at that time."""
    return chosen_talk(environment, wrong_with)


def given() -> Given | None:
    """Return the talk that is given; None where none is, or one whose scenes this app does not have.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    state = startup.room().presentation()
    if state is None:
        return None
    try:
        talk = chosen()
    except TalkProblem:
        return None
    same = talk.id == state.talk and tuple(scene.id for scene in talk.scenes) == state.scenes
    return Given(state, talk) if same else None


def followed() -> Given | None:
    """Return the talk that this page follows or has wandered off from; None where there is none, or it has ended."""
    now = None if url_state.here().talk is None else given()
    return now if now is not None and now.state.id == url_state.here().talk else None


def at_scene(now: Given) -> bool:
    """Whether the page is where the talk is."""
    return url_state.here().scene == now.state.scene


def is_given(talk: str | None) -> bool:
    """Whether the store has the talk of this id, also where this app lacks its scenes.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    state = startup.room().presentation()
    return state is not None and state.id == talk
