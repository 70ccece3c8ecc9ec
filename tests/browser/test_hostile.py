"""Messages that no page of the app would send: what only the owner of a run, or only the presenter, can do is done by
nobody else, whatever they say over the websocket; and what is not theirs to know never comes over it.

Each test says first that a message does nothing when another says it, and then that the very same does it all when the
owner does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bn_core.config import TrainingConfig
from bn_core.presenting.key import kept_key
from bn_core.runs.presented import Presentation
from bn_core.runs.records import owner_hash
from bn_core.runs.store import PLACES
from bn_core.talks import Talk
from pages.session import right
from pages.words.plain_text import plain
from tests.browser.by_hand import Tab, Widget
from tests.browser.served import Server
from tests.pages.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.long]

OWNER, TEACHER = "the-owner-of-the-runs", "the-browser-that-presents"
FOLLOWER, STRANGER = "a-browser-that-follows", "a-browser-of-a-stranger"

STEERING = ("pause", "step", "stop")

REMARK = "Nobody but the presenter reads this."
GUESS = 123_457.0
SHOWN_GUESS = "123,457"

PAGES = {"race": "", "train": "train", "layers": "layers", "teach": "teach", "glossary": "glossary"}
"""Some pages by their files, with their names in an address."""


@pytest.fixture
def tabs(server: Server) -> Iterator[Callable[..., Tab]]:
    """Makes a tab of a browser of this id."""
    with ExitStack() as closing:
        yield lambda browser, **how: closing.enter_context(Tab(server, browser, **how))


@dataclass(frozen=True)
class Class:
    """A talk that is given, with the tabs of those who are there.

    Attributes:
        presents: on Teach, with the right to present.
        token: what the browser of the presenter keeps of that right.
        follows, stranger: others; the stranger has never heard of the talk.
    """

    presents: Tab
    token: str
    follows: Tab
    stranger: Tab

    @property
    def others(self) -> tuple[Tab, Tab]:
        return self.follows, self.stranger


@pytest.fixture
def room(tabs: Callable[..., Tab], lab: Lab, home: Path, shipped: Talk) -> Class:
    """A class, after the talk was opened to it: also that is done by nobody else."""
    presents = enter(tabs(TEACHER).open("teach"), kept_key(home))
    follows, stranger = tabs(FOLLOWER).open("teach"), tabs(STRANGER).open("teach")
    for tab in (follows, stranger):
        tab.replay(presents.widgets["talk-open"])
        assert lab.store.presentation() is None
    presents.press("talk-open")
    follows.open(talk=given(lab).id)
    return Class(presents, presents.told[right.KEY]["token"], follows, stranger)


def enter(tab: Tab, key: str) -> Tab:
    """Type the presenter's key on Teach, and press the button beside it."""
    (enters,) = [widget for name, widget in tab.widgets.items() if name.startswith("FormSubmitter")]
    return tab.send(tab.widgets["presenter-key"].says(key), enters.says()).again()


def given(lab: Lab) -> Presentation:
    now = lab.store.presentation()
    assert now is not None
    return now


def asked(lab: Lab, run: str) -> list[str]:
    """What the engine was asked to do with a run since this was last looked at."""
    return [request.kind for request in lab.store.take_requests() if request.run_id == run]


class TestRuns:
    def test_only_its_owner_steers_a_run(self, tabs: Callable[..., Tab], lab: Lab, room: Class) -> None:
        run = lab.run(owner=OWNER)
        owner = tabs(OWNER).open("train", run=run)
        room.follows.open("train", run=run, talk=given(lab).id, scene="~")
        room.stranger.open("train", run=run)
        for tab in room.others:
            assert set(STEERING) <= tab.shown
            for key in STEERING:
                tab.replay(owner.widgets[key])
            tab.again()
        assert asked(lab, run) == []
        for key in STEERING:
            owner.press(key)
            assert asked(lab, run) == [key]

    def test_a_run_that_waits_is_not_stopped_either(self, tabs: Callable[..., Tab], lab: Lab, room: Class) -> None:
        run = lab.run(owner=OWNER, status="queued")
        owner = tabs(OWNER).open("train", run=run)
        for tab in room.others:
            tab.open("train", run=run).replay(owner.widgets["stop"]).again()
        assert lab.store.run(run).status == "queued"
        owner.press("stop")
        assert lab.store.run(run).status == "stopped"

    def test_only_its_owner_names_shares_and_deletes_a_run(
        self, tabs: Callable[..., Tab], lab: Lab, room: Class
    ) -> None:
        run = lab.run(owner=OWNER, status="finished")
        owner = tabs(OWNER).open("train", run=run)
        deeds = {f"name-{run}": "Mine now", f"share-{run}": True, f"delete-{run}": None}
        room.follows.open("train", run=run, talk=given(lab).id, scene="~")
        room.stranger.open("train", run=run)
        for tab in room.others:
            for key, value in deeds.items():
                tab.replay(owner.widgets[key], value)
            tab.again()
        found = lab.store.run(run)
        assert (found.name, found.shared) == (None, False)
        assert f"delete-{run}" in owner.again().shown, "it is still there"

        for key, value in deeds.items():
            owner.press(key, value)
        found = lab.store.run(run)
        assert (found.name, found.shared) == ("Mine now", True)
        assert f"undo-{run}" in owner.again().shown

        for tab in room.others:
            tab.replay(owner.widgets[f"undo-{run}"]).again()
        assert f"undo-{run}" in owner.again().shown, "nobody else brings it back"
        owner.press(f"undo-{run}")
        assert f"delete-{run}" in owner.again().shown


class TestPresenting:
    def test_only_the_presenter_stops_runs_clears_the_queue_and_ends_the_talk(self, lab: Lab, room: Class) -> None:
        first, second = (lab.run(owner=OWNER, status="queued") for _ in range(2))
        teach = room.presents.again().widgets
        before = given(lab)
        deeds = (f"stop-{first}", "clear-queue", "talk-begin", "talk-end")
        for tab in room.others:
            for page in ("teach", ""):
                tab.open(page, talk=before.id)
                for key in deeds:
                    tab.replay(teach[key])
                tab.again()
        assert given(lab) == before
        assert [lab.store.run(run).status for run in (first, second)] == ["queued", "queued"]

        room.presents.press(f"stop-{first}")
        assert [lab.store.run(run).status for run in (first, second)] == ["stopped", "queued"]
        room.presents.press("clear-queue")
        assert lab.store.run(second).status == "stopped"
        room.presents.press("talk-end")
        assert lab.store.presentation() is None

    def test_only_the_presenter_turns_and_reveals(self, lab: Lab, room: Class, shipped: Talk) -> None:
        presents = room.presents.press("talk-begin")
        room.follows.again()
        lab.store.guess(given(lab).id, shipped.scenes[0].id, FOLLOWER, 1, choices=6)
        (trail,) = [key for key in presents.shown if key.startswith("talk-trail-")]
        (guess,) = [key for key in room.follows.shown if key.startswith("guess-")]

        def does_nothing(*deeds: tuple[Widget, object]) -> None:
            before = given(lab)
            for tab in room.others:
                tab.open(talk=before.id)
                for widget, value in deeds:
                    tab.replay(widget, value)
                tab.again()
            assert given(lab) == before
            assert lab.store.guess_count(shipped.scenes[0].id) == 1

        first = [(presents.widgets[key], None) for key in ("talk-next", "talk-guesses", "talk-previous")]
        does_nothing(*first, (presents.widgets[trail], ["4"]))
        presents.press("talk-guesses")
        assert given(lab).revealed == 1
        presents.again()
        does_nothing((presents.widgets["talk-answer"], None))
        presents.press("talk-answer")
        assert given(lab).revealed == 2
        presents.again()
        # What is right is shown: nobody guesses any more, and nobody asks again.
        does_nothing(
            (presents.widgets["talk-again"], None), (room.follows.widgets[guess], [shipped.scenes[0].ask.choices[4]])
        )
        presents.press("talk-next")
        assert given(lab).place == 1
        presents.again()
        (trail,) = [key for key in presents.shown if key.startswith("talk-trail-")]
        does_nothing((presents.widgets[trail], ["4"]))
        presents.press(trail, ["4"])
        assert given(lab).place == 3
        presents.press("talk-previous")
        assert given(lab).place == 2

    def test_only_the_presenter_leads_from_the_notes_and_hands_over(
        self, tabs: Callable[..., Tab], lab: Lab, room: Class
    ) -> None:
        notes = tabs(TEACHER, token=room.token).open(notes="1")
        deeds = ("notes-next", "notes-previous", "notes-clock", "notes-hand-over")
        before = given(lab)
        for tab in room.others:
            for address in ({"notes": "1"}, {"talk": before.id}):
                tab.open(**address)
                for key in deeds:
                    tab.replay(notes.widgets[key])
                tab.again()
        # Of the presenter's browser they know what it keeps, and not who it is.
        thief = tabs(STRANGER, token=room.token).open(notes="1")
        for key in deeds:
            thief.replay(notes.widgets[key])
        thief.again()
        assert "notes-next" not in thief.shown
        assert given(lab) == before
        assert not lab.store._rows("SELECT * FROM hand_over")

        notes.press("notes-next")
        assert given(lab).place == 1
        notes.press("notes-clock")
        assert given(lab).clock_since is not None
        notes.press("notes-hand-over")
        assert lab.store._rows("SELECT * FROM hand_over")

    def test_no_key_is_a_right(self, tabs: Callable[..., Tab], lab: Lab, room: Class) -> None:
        tab = tabs("a-browser-that-guesses-keys").open("teach")
        enter(tab, "the-presenters-key")
        assert "talk-end" not in tab.shown
        assert "presenter-key" in tab.shown

    def test_nothing_that_is_not_theirs_comes_to_them(
        self, tabs: Callable[..., Tab], lab: Lab, home: Path, room: Class, shipped: Talk
    ) -> None:
        place = next(i for i, scene in enumerate(shipped.scenes) if scene.ask is not None and not scene.ask.choices)
        scene = shipped.scenes[place]
        notes = tabs(TEACHER, token=room.token).open(notes="1")
        for _ in range(place):
            notes.press("notes-next")
        assert given(lab).scene == scene.id
        lab.store.guess(given(lab).id, scene.id, OWNER, GUESS, choices=0)
        lab.store.write(given(lab).id, scene.id, OWNER, REMARK)
        notes.press("notes-hand-over").again()
        before = given(lab)
        for tab in room.others:
            for name in PAGES.values():
                for parameters in (
                    {"present": "1"},
                    {"notes": "1"},
                    {"scene": shipped.scenes[-1].id},
                    {"talk": before.id},
                    {"talk": before.id, "present": "1", "scene": "~"},
                    {"talk": before.id, "present": "1", "scene": shipped.scenes[-1].id},
                    {"talk": before.id, "notes": "1", "present": "1"},
                    {"talk": "0000", "scene": scene.id, "notes": "1"},
                ):
                    tab.open(name, **parameters)
        assert given(lab) == before

        said = [paragraph for each in shipped.scenes for paragraph in each.say]
        secrets = [kept_key(home), room.token, REMARK, SHOWN_GUESS, *said, *map(plain, said)]
        for tab in room.others:
            assert [secret for secret in secrets if secret.encode() in tab.received] == []
        mine = [REMARK, *(plain(paragraph) for paragraph in scene.say)]
        assert [secret for secret in mine if secret.encode() not in notes.received] == []

        # What the presenter shows is everybody's.
        presents = room.presents.open(PAGES[scene.page], talk=before.id, scene=scene.id)
        presents.press("talk-guesses")
        assert SHOWN_GUESS.encode() in room.follows.open(talk=before.id).received


@pytest.fixture
def line(lab: Lab) -> Iterator[None]:
    """Half of the places of the queue are taken by browsers of this machine. After the test nobody waits."""
    for number in range(PLACES.all // 2):
        lab.store.add_run(TrainingConfig(seed=number), owner_hash(f"somebody-who-waits-{number}"))
    yield
    for run in lab.store.queued():
        lab.store.stop_queued(run.id, run.owner)


@pytest.mark.skipif(sys.platform != "linux", reason="this machine has one address of its own, 127.0.0.1")
def test_who_fills_the_queue_takes_nobodys_turn(tabs: Callable[..., Tab], lab: Lab, line: None) -> None:
    """By invented browsers, behind one address as behind others."""

    def queued(browser: str) -> list[str]:
        return [run.id for run in lab.store.queued() if run.owner == owner_hash(browser)]

    def trains(browser: str, source: str, most: int) -> int:
        """Queue runs until no more are taken, and return how many were."""
        tab, count = tabs(browser, source=source).open("train"), 0
        (seed,) = [widget for key, widget in tab.widgets.items() if key.startswith("train-config-seed")]
        while count < most:
            tab.send(seed.says(float(count)), tab.widgets["train"].says())
            if len(queued(browser)) == count:
                break
            count += 1
        tab.close()
        return count

    fillers = {source: f"an-invented-browser-{place}" for place, source in enumerate(("127.0.0.2", "127.0.0.3"))}
    for source, browser in fillers.items():
        number, taken = 0, PLACES.all
        while taken := trains(f"{browser}-{number}", source, taken):
            number += 1
        assert number > 1, "nothing was filled"
    # One place behind an address, whatever waits behind the others, and the turn after theirs.
    newcomer = "somebody-from-another-address"
    assert trains(newcomer, "127.0.0.4", 1) == 1
    order = [run.id for run in lab.store.queued()]
    assert order.index(*queued(newcomer)) <= len(fillers) + len(["this machine"])
    assert len(order) > PLACES.all * 0.8
