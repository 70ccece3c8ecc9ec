"""A talk on the pages: who presents, who follows, what each of them sees, and what none of them can do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bn_core.environment import home
from bn_core.presenting.entry import Entry
from bn_core.presenting.key import presenter_key
from bn_core.presenting.tries import Tries
from bn_core.runs.presented import ANSWER, GUESSES, Presentation, Presenter
from bn_core.talks import Talk
from pages.following import given
from pages.following.lead import Tab
from pages.session.hiding import HIDEABLE
from pages.session.right import Held
from pages.session.session import Session
from pages.words.prose import prose
from tests.pages.lab import ME, SOMEBODY, Lab, kept, text_of, wording

TEXT = prose("talk")

TINY = """
title = "A tiny talk"
[[scenes]]
id = "one"
page = "race"
minutes = 1
title = "The *race*"
say = ["Say <b>this</b> of the race."]
[scenes.ask]
text = "How many?"
choices = ["None", "Some _of_ them", "All"]
answer = 2
in_place_of = "race"
[[scenes]]
id = "two"
page = "train"
minutes = 2
title = "Train one"
live = true
address = { placement = "before", seed = 7 }
say = ["Press Train."]
[[scenes]]
id = "three"
page = "race"
minutes = 1
title = "Scored otherwise"
address = { score = "moving" }
say = ["The same."]
[scenes.ask]
text = "Which number?"
answer = "signal"
run = "none"
"""


@pytest.fixture
def talk(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Talk:
    """A talk of three scenes, as a teacher's file has it."""
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    monkeypatch.setenv("BN_TALK", str(tmp_path / "tiny.toml"))
    return given.chosen()


@pytest.fixture
def teacher(lab: Lab, talk: Talk) -> Presenter:
    """The right of the browser ME."""
    return Entry(lab.store, Tries()).let_in(presenter_key(), ME, "192.0.2.1")


@pytest.fixture
def begun(lab: Lab, talk: Talk, teacher: Presenter) -> Presentation:
    """The talk, opened to the class."""
    return lab.store.begin_talk(teacher, talk.id, [scene.id for scene in talk.scenes])


def opened(lab: Lab, page: str | None, *, browser: str = SOMEBODY, token: str = "", **parameters: str) -> AppTest:
    """The app in somebody's browser at this address; the home page where no page is named."""
    app = lab.home(browser=browser)
    kept(app, Held).token = token
    if page is not None:
        app.switch_page(f"pages/{page}.py")
    for name in list(app.query_params):
        del app.query_params[name]
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def shown(app: AppTest) -> tuple[str | None, str | None]:
    """Which page and scene the tab shows."""
    now = kept(app, Session)
    return now.page, now.places[now.page].scene


def buttons(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


def test_who_joins_sees_the_scene_that_is_shown(lab: Lab, begun: Presentation, teacher: Presenter) -> None:
    app = opened(lab, None, talk=begun.id)
    assert not app.exception
    assert shown(app) == ("race", "one")
    lab.store.turn(teacher, 1)
    app.run()
    assert shown(app) == ("train", "two")
    assert app.query_params["seed"] == ["7"]
    lab.store.turn(teacher, 1)
    app.run()
    assert shown(app) == ("race", "three")
    assert app.query_params["score"] == ["moving"]
    lab.store.turn(teacher, -2)
    app.run()
    assert shown(app) == ("race", "one")
    assert "score" not in app.query_params


def test_a_reload_comes_back_where_it_was(lab: Lab, begun: Presentation, teacher: Presenter) -> None:
    lab.store.turn(teacher, 1)
    assert shown(opened(lab, "race", talk=begun.id, scene="one")) == ("train", "two")
    assert shown(opened(lab, "train", talk=begun.id, scene="two", seed="7")) == ("train", "two")
