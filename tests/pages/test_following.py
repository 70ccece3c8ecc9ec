"""A talk on the pages: who presents, who follows, what each of them sees, and what none of them can do."""

from __future__ import annotations

import itertools
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
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.talks import Talk, right, shipped_talk
from pages.following import bar, given, lead
from pages.following.words import right_is
from pages.presenter.keys import KEY
from pages.session import startup
from pages.session.hiding import HIDEABLE
from pages.session.right import Held
from pages.session.session import Session
from pages.words.prose import prose
from tests.pages import swept
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
answer = "catch_up"
run = "before"
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


def address(app: AppTest) -> dict[str, str]:
    """The parameters that the tab's session and address agree on."""
    return kept(app, Session).seen or {}


def buttons(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


def test_who_joins_sees_the_scene_that_is_shown(lab: Lab, begun: Presentation, teacher: Presenter) -> None:
    app = opened(lab, None, talk=begun.id)
    assert not app.exception
    assert shown(app) == ("race", "one")
    lab.store.turn(teacher, 1)
    app.run()
    assert shown(app) == ("train", "two")
    assert address(app)["seed"] == "7"
    lab.store.turn(teacher, 1)
    app.run()
    assert shown(app) == ("race", "three")
    assert address(app)["score"] == "moving"
    lab.store.turn(teacher, -2)
    app.run()
    assert shown(app) == ("race", "one")
    assert "score" not in address(app)


def test_a_talk_that_goes_on_while_a_page_is_drawn_is_followed_at_the_next_look(
    lab: Lab, begun: Presentation, teacher: Presenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(lab, None, talk=begun.id)
    ask, turns = lead.followed, iter([1])

    def goes_on() -> given.Given | None:
        now = ask()
        for by in turns:
            lab.store.turn(teacher, by)
        return now

    monkeypatch.setattr(lead, "followed", goes_on)
    app.run()
    assert shown(app) == ("train", "two")


def test_a_scene_comes_again_on_its_own_page_whatever_was_changed_there_meanwhile(lab: Lab) -> None:
    who = Entry(lab.store, Tries()).let_in(presenter_key(), ME, "192.0.2.1")
    scenes = shipped_talk().scenes
    first, second = next((one, two) for one, two in itertools.pairwise(scenes) if one.page == two.page == "layers")
    state = lab.store.begin_talk(who, shipped_talk().id, [scene.id for scene in scenes])
    lab.store.turn(who, scenes.index(first))
    app = opened(lab, None, talk=state.id)
    app.toggle(key="present-False").set_value(True).run()
    lab.store.turn(who, 1)
    assert shown(app.run()) == ("layers", second.id)
    lab.store.turn(who, -1)
    assert shown(app.run()) == ("layers", first.id)


def test_a_reload_comes_back_where_it_was(lab: Lab, begun: Presentation, teacher: Presenter) -> None:
    lab.store.turn(teacher, 1)
    assert shown(opened(lab, "race", talk=begun.id, scene="one")) == ("train", "two")
    assert shown(opened(lab, "train", talk=begun.id, scene="two", seed="7")) == ("train", "two")


def test_who_wanders_off_is_left_alone_and_returns_by_one_press(
    lab: Lab, begun: Presentation, teacher: Presenter
) -> None:
    app = opened(lab, None, talk=begun.id)
    app.switch_page("pages/glossary.py")
    for name in list(app.query_params):
        del app.query_params[name]
    app.run()
    assert shown(app) == ("glossary", "~")
    lab.store.turn(teacher, 1)
    app.run()
    assert shown(app) == ("glossary", "~")
    assert wording(TEXT("bar.away")) in text_of(app)
    app.button(key="talk-return").click().run()
    assert shown(app) == ("train", "two")
    assert kept(app, Session).page == "train"
    # A request of the page before, done late, has the browser go back there, with the address of the scene.
    app.run()
    assert shown(app) == ("train", "two")


def test_a_link_of_a_talk_that_has_ended_says_so_and_leads_nowhere(
    lab: Lab, begun: Presentation, teacher: Presenter
) -> None:
    app = opened(lab, "glossary", talk=begun.id, scene="~")
    lab.store.end_talk(teacher)
    app.run()
    assert not app.exception
    assert shown(app)[0] == "glossary"
    assert wording(TEXT("bar.ended")) in text_of(app)
    assert wording(TEXT("bar.ended")) in text_of(opened(lab, None, talk="<b>x</b>"))


def test_a_follower_sees_the_run_that_the_presenter_began(lab: Lab, begun: Presentation, teacher: Presenter) -> None:
    lab.store.turn(teacher, 1)
    presents = opened(lab, None, browser=ME, token=teacher.token, talk=begun.id, present="1")
    follows = opened(lab, None, talk=begun.id)
    assert shown(presents) == shown(follows) == ("train", "two")
    presents.button(key="train").click().run()
    (run,) = lab.store.runs()
    presents.run()
    follows.run()
    assert kept(follows, Session).run_id == run.id
    lab.store.turn(teacher, 1)
    presents.run()
    lab.store.turn(teacher, -1)
    presents.run()
    follows.run()
    assert kept(presents, Session).run_id == kept(follows, Session).run_id == run.id, "it is not lost by Next"


def test_a_followers_own_training_is_his_own(lab: Lab, begun: Presentation, teacher: Presenter) -> None:
    lab.store.turn(teacher, 1)
    app = opened(lab, None, talk=begun.id)
    train = app.button(key="train")
    assert train.proto.type == "secondary"
    train.click().run()
    (run,) = lab.store.runs()
    app.run()
    assert shown(app) == ("train", "~")
    assert kept(app, Session).run_id == run.id
    assert lab.store.presentation().run_id is None


def test_a_presenters_train_is_the_first_choice(lab: Lab, begun: Presentation, teacher: Presenter) -> None:
    def train(app: AppTest) -> str:
        return str(app.button(key="train").proto.type)

    lab.store.turn(teacher, 1)
    assert train(opened(lab, None, browser=ME, token=teacher.token, talk=begun.id)) == "primary"
    follows = opened(lab, None, talk=begun.id, present="1")
    assert train(follows) == "secondary", "large type is no right"
    lab.store.end_talk(teacher)
    assert train(follows.run()) == "primary"


def keys(app: AppTest) -> dict[str, object]:
    """What the keys of presenter mode are told."""
    (found,) = [each for each in app.get("bidi_component") if each.proto.id.endswith(f"-{KEY}")]
    told: dict[str, object] = json.loads(found.proto.json)
    return told


class TestKeys:
    def test_space_trains_a_live_scene_and_then_pauses_it(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        app = opened(lab, None, browser=ME, token=teacher.token, talk=begun.id, present="1")
        assert keys(app)["presses"] == ""
        app.button(key="talk-next").click().run()
        assert keys(app)["presses"] == "train"
        app.button(key="train").click().run()
        assert keys(app)["presses"] == "pause"
        lab.store.turn(teacher, 1)
        assert keys(app.run())["presses"] == ""

    def test_a_followers_space_trains_nothing(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        lab.store.turn(teacher, 1)
        assert keys(opened(lab, None, talk=begun.id, present="1"))["presses"] == ""
        app = opened(lab, None, browser=ME, token=teacher.token, talk=begun.id, present="1")
        app.switch_page("pages/train.py")
        app.query_params["scene"] = "~"
        assert keys(app.run())["presses"] == "", "it is another page that is looked at"

    def test_the_list_speaks_of_scenes_where_there_are_any(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        alone, talks = prose("presenter").table("deeds"), prose("presenter").table("deeds-of-a-talk")
        assert keys(opened(lab, None, talk=begun.id, present="1"))["deeds"] == alone
        app = opened(lab, None, browser=ME, token=teacher.token, talk=begun.id, present="1")
        assert keys(app)["deeds"] == alone | talks

    def test_who_comes_late_finds_the_address_there(
        self, lab: Lab, begun: Presentation, teacher: Presenter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BN_PUBLIC_URL", "https://lab.example.org/bn")
        app = opened(lab, None, browser=ME, token=teacher.token, talk=begun.id, present="1")
        assert keys(app)["join"] == f"https://lab.example.org/bn/?talk={begun.id}"
        assert keys(opened(lab, None, browser=ME, token=teacher.token, present="1"))["join"] == ""

    def test_a_question_that_stands_in_for_the_pages_takes_its_keys(
        self, lab: Lab, teacher: Presenter, tmp_path: Path
    ) -> None:
        quiz = TINY.replace(
            'page = "race"\nminutes = 1\ntitle = "The *race*"',
            'page = "break_it"\nminutes = 1\ntitle = "Quiz"\naddress = { mode = "guess" }',
        ).replace('in_place_of = "race"', 'in_place_of = "quiz"')
        (tmp_path / "tiny.toml").write_text(quiz, encoding="utf-8")
        talk = given.chosen()
        begun = lab.store.begin_talk(teacher, talk.id, [scene.id for scene in talk.scenes])
        app = opened(lab, None, talk=begun.id)
        assert shown(app) == ("break_it", "one")
        answers = [button for button in app.button if (button.key or "").startswith("answer-")]
        assert answers
        assert not any(button.proto.shortcut for button in answers)
        away = opened(lab, "break_it", talk=begun.id, scene="~", mode="guess")
        assert any(button.proto.shortcut for button in away.button)


class TestGuessing:
    def test_one_guess_a_browser(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        app = opened(lab, None, talk=begun.id)
        (choice,) = app.pills
        assert [option.content for option in choice.proto.options] == ["None", r"Some \_of\_ them", "All"]
        choice.set_value(1).run()
        assert lab.store.guesses("one", teacher).choices == {1: 1}
        app.pills[0].set_value(2).run()
        assert lab.store.guesses("one", teacher).choices == {2: 1}
        assert wording(TEXT("guess.made")) in text_of(app)
        assert app.get("vega_lite_chart") == []

    def test_bars_when_the_presenter_shows_them_and_then_what_is_right(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        app = opened(lab, None, talk=begun.id)
        app.pills[0].set_value(1).run()
        lab.store.reveal(teacher, "one", GUESSES)
        app.run()
        assert app.pills[0].disabled
        assert len(app.get("vega_lite_chart")) == 1
        assert wording(TEXT("chart.choice")) not in text_of(app)
        lab.store.reveal(teacher, "one", ANSWER)
        app.run()
        assert TEXT("chart.choice", right="Some _of_ them") in text_of(app)

    def test_a_number(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        lab.store.turn(teacher, 2)
        app = opened(lab, None, talk=begun.id)
        (field,) = [field for field in app.number_input if (field.key or "").startswith("guess-")]
        field.set_value(7.0).run()
        assert lab.store.guesses("three", teacher).numbers == (7.0,)

    def test_a_question_stands_only_beside_its_own_scene(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        app = opened(lab, None, talk=begun.id)
        lab.store.turn(teacher, 1)
        app.run()
        assert not app.pills
        assert not opened(lab, "glossary", talk=begun.id, scene="~").pills

    def test_what_the_page_itself_asks_is_left_out(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        def sheets(app: AppTest) -> str:
            return "\n".join(element.proto.body for element in app.get("html"))

        follows = opened(lab, None, talk=begun.id)
        presents = opened(lab, None, browser=ME, token=teacher.token, talk=begun.id)
        assert HIDEABLE["guess"] in sheets(follows)
        assert HIDEABLE["guess"] in sheets(presents)
        assert HIDEABLE["play"] in sheets(follows), "a follower could look what is right"
        assert HIDEABLE["play"] not in sheets(presents)
        lab.store.reveal(teacher, "one", GUESSES)
        assert HIDEABLE["play"] in sheets(follows.run()), "who has not guessed still can"
        lab.store.reveal(teacher, "one", ANSWER)
        assert HIDEABLE["play"] not in sheets(follows.run())

    def test_the_race_stands(self, lab: Lab, begun: Presentation) -> None:
        for app in (opened(lab, None, talk=begun.id), opened(lab, None, talk=begun.id, present="1")):
            (race,) = [each for each in app.get("bidi_component") if each.proto.id.endswith("-race")]
            data = json.loads(race.proto.json)
            assert data["stands"] is True
            assert data["left"]["at"] == 0


class TestPresenter:
    def test_the_bar_turns_the_talk(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        app = opened(lab, None, browser=ME, token=teacher.token, talk=begun.id, present="1")
        app.button(key="talk-next").click().run()
        app.run()
        assert shown(app) == ("train", "two")
        assert address(app)["present"] == "1"
        app.button(key="talk-previous").click().run()
        app.run()
        assert shown(app) == ("race", "one")
        app.button(key="talk-guesses").click().run()
        assert lab.store.presentation().revealed == GUESSES
        app.run()
        app.button(key="talk-answer").click().run()
        assert lab.store.presentation().revealed == ANSWER

    def test_the_title_of_the_scene_can_be_read_in_the_bar(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        app = opened(lab, "glossary", browser=ME, token=teacher.token, talk=begun.id, scene="~", present="1")
        assert r"The \*race\*" in [element.value for element in app.markdown]

    def test_a_scene_has_one_way_on_and_what_a_page_is_for_is_said_by_whoever_presents(
        self, lab: Lab, begun: Presentation
    ) -> None:
        race = prose("race")
        for scene, there in ((begun.scene, False), ("~", True)):
            app = opened(lab, None, talk=begun.id, scene=scene)
            assert shown(app) == ("race", scene)
            assert (race("next") in [link.proto.label for link in app.get("page_link")]) == there
            assert (race("intro").partition(".")[0] in text_of(app)) == there

    def test_a_follower_has_none_of_it(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        for app in (
            opened(lab, None, talk=begun.id),
            opened(lab, None, talk=begun.id, present="1"),
            opened(lab, None, token=teacher.token, talk=begun.id),
            opened(lab, None, browser=ME, token="x" * 43, talk=begun.id),
        ):
            assert not {key for key in buttons(app) if key.startswith("talk-")} - {"talk-send", "talk-return"}
            assert "Say <b>this</b>" not in text_of(app)

    def test_a_right_that_was_taken_away_is_gone_from_the_page(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        app = opened(lab, None, browser=ME, token=teacher.token, talk=begun.id)
        assert "talk-next" in buttons(app)
        lab.store.leave(teacher)
        app.button(key="talk-next").click().run()
        app.run()
        assert "talk-next" not in buttons(app)
        assert lab.store.presentation().scene == "one"


class TestNotes:
    def test_they_are_the_presenters(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        lab.store.write(begun.id, "one", SOMEBODY, "**Why** <b>so</b>?")
        stranger = opened(lab, None, notes="1")
        assert "Say" not in text_of(stranger)
        assert "Why" not in text_of(stranger)
        assert stranger.text_input
        app = opened(lab, None, browser=ME, token=teacher.token, notes="1")
        assert not app.exception
        assert "Say <b>this</b> of the race." in text_of(app)
        assert [element.value for element in app.text] == ["**Why** <b>so</b>?"]
        assert "Train one" in text_of(app)

    def test_the_guesses_and_what_is_right_are_shown_from_there_too(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        app = opened(lab, None, browser=ME, token=teacher.token, notes="1")
        for step, level in (("guesses", GUESSES), ("answer", ANSWER)):
            app.button(key=f"notes-{step}").click().run()
            assert lab.store.presentation().revealed == level
        assert "notes-again" in buttons(app)

    def test_they_say_what_is_right_as_the_class_is_told(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        lab.store.turn(teacher, 2)
        ask = given.chosen().scenes[2].ask
        assert ask is not None
        answer = right(ask)
        assert answer is not None
        app = opened(lab, None, browser=ME, token=teacher.token, notes="1")
        assert right_is(ask, answer) in [element.value for element in app.markdown]

    def test_they_follow_and_lead(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        app = opened(lab, None, browser=ME, token=teacher.token, notes="1")
        app.button(key="notes-next").click().run()
        assert lab.store.presentation().scene == "two"
        assert "Press Train." in text_of(app.run())
        app.button(key="notes-hand-over").click().run()
        code = re.search(r"[a-z0-9]{4}-[a-z0-9]{4}", text_of(app))
        assert code
        anna = Entry(lab.store, Tries()).let_in(code[0], SOMEBODY, None)
        assert lab.store.presents(anna)


def entered(app: AppTest) -> None:
    """Press the button of the form."""
    (enter,) = [button for button in app.button if button.proto.is_form_submitter]
    enter.click().run()


class TestTeach:
    def test_the_key_opens_it(self, lab: Lab, talk: Talk) -> None:
        app = opened(lab, "teach", browser=ME)
        assert "talk-open" not in buttons(app)
        app.text_input(key="presenter-key").set_value("wrong")
        entered(app)
        assert "not the presenter's key" in text_of(app)
        app.text_input(key="presenter-key").set_value(presenter_key())
        entered(app)
        assert not app.exception
        app.button(key="talk-open").click().run()
        assert lab.store.presentation() is not None
        assert not app.exception
        assert presenter_key() not in text_of(app)

    def test_in_presenter_mode_nothing_of_it_is_private(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        run = lab.run(owner=SOMEBODY, status="queued")
        app = opened(lab, "teach", browser=ME, token=teacher.token)
        assert {"clear-queue", f"stop-{run}", "present-no-more"} <= buttons(app)
        presented = opened(lab, "teach", browser=ME, token=teacher.token, present="1")
        assert not {"clear-queue", f"stop-{run}", "present-no-more"} & buttons(presented)

    def test_the_presenter_stops_anybodys_run(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        run = lab.run(owner=SOMEBODY, status="queued")
        app = opened(lab, "teach", browser=ME, token=teacher.token)
        app.button(key="clear-queue").click().run()
        assert lab.store.run(run).status == "stopped"

    def test_the_presenter_stops_anybodys_sweep(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        sweep = swept.sweep(lab, owner=SOMEBODY)
        app = opened(lab, "teach", browser=ME, token=teacher.token)
        assert swept.PLAN.title in text_of(app)
        app.button(key=f"stop-sweep-{sweep}").click().run()
        assert lab.store.sweep(sweep).state == "stopped"
        presented = opened(lab, "teach", browser=ME, token=teacher.token, present="1")
        assert swept.PLAN.title not in text_of(presented)

    def test_the_class_comes_in_by_the_public_address(
        self, lab: Lab, begun: Presentation, teacher: Presenter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nowhere = opened(lab, "teach", browser=ME, token=teacher.token)
        assert wording(prose("giving")("join.nowhere")) in text_of(nowhere)
        assert nowhere.get("image") == []
        monkeypatch.setenv("BN_PUBLIC_URL", "https://lab.example.org/bn")
        app = opened(lab, "teach", browser=ME, token=teacher.token)
        address = f"https://lab.example.org/bn/?talk={begun.id}"
        assert [element.value for element in app.code] == [address]
        assert len(app.get("image")) == 1

    def test_the_end_deletes_it(self, lab: Lab, begun: Presentation, teacher: Presenter) -> None:
        app = opened(lab, "teach", browser=ME, token=teacher.token)
        app.button(key="talk-end").click().run()
        assert not app.exception
        assert lab.store.presentation() is None
        assert "talk-open" in buttons(app)

    def test_a_talk_that_cannot_be_read_gets_its_sentence(
        self, lab: Lab, teacher: Presenter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (home() / "tiny.toml").write_text("title = 7")
        app = opened(lab, "teach", browser=ME, token=teacher.token)
        assert not app.exception
        assert wording(prose("giving")("talk.problem")) in text_of(app)


@pytest.mark.parametrize(
    ("page", "parameters"), [(None, {}), ("glossary", {"scene": "~"}), (None, {"present": "1"}), (None, {"notes": "1"})]
)
def test_a_store_that_cannot_be_read_is_said_and_the_page_stays(
    lab: Lab,
    begun: Presentation,
    teacher: Presenter,
    monkeypatch: pytest.MonkeyPatch,
    page: str | None,
    parameters: dict[str, str],
) -> None:
    def broken(*_: object) -> None:
        raise StoreUnavailable("The disk is on fire: put it out.")

    app = opened(lab, page, browser=ME, token=teacher.token, talk=begun.id, **parameters)
    before = shown(app)
    with monkeypatch.context() as broke:
        for reads in ("presentation", "presents", "guess_count"):
            broke.setattr(Store, reads, broken)
        app.run()
        assert not app.exception
        assert shown(app) == before
        assert "on fire" in text_of(app)
        assert wording(TEXT("bar.ended")) not in text_of(app), "nobody knows that it has"
        assert "Say" not in text_of(app)
    startup._keeper(home())._not_before = 0.0
    app.run()
    assert not app.exception
    assert shown(app) == before
    assert "on fire" not in text_of(app)
    assert {"talk-next", "notes-next", "talk-return"} & buttons(app), "and goes on"


class TestBar:
    def test_the_trail_shows_where_the_talk_is_and_leads_there(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        app = opened(lab, None, browser=ME, token=teacher.token, talk=begun.id)
        (trail,) = [each for each in app.button_group if (each.key or "").startswith("talk-trail-")]
        assert [option.content for option in trail.proto.options] == ["1/3", "2", "3"]
        trail.set_value(2).run()
        assert lab.store.presentation().scene == "three"
        app.run()
        assert shown(app) == ("race", "three")

    def test_a_trail_of_a_state_that_has_passed_leads_nowhere(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        app = opened(lab, None, browser=ME, token=teacher.token, talk=begun.id)
        (trail,) = [each for each in app.button_group if (each.key or "").startswith("talk-trail-")]
        lab.store.turn(teacher, 1)
        trail.set_value(2).run()
        assert lab.store.presentation().scene == "two"

    def test_a_trail_that_says_what_is_shown_leads_nowhere(
        self, lab: Lab, begun: Presentation, teacher: Presenter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # So Streamlit has it where the page was not drawn to its end.
        tab = lead.Tab()
        monkeypatch.setattr(bar, "widget", lambda key: begun.place)
        monkeypatch.setattr(bar, "kept", lambda kind: tab)
        bar._go_to(teacher, "talk-trail", begun)
        assert not tab.returns
        monkeypatch.setattr(bar, "widget", lambda key: begun.place + 1)
        bar._go_to(teacher, "talk-trail", begun)
        assert tab.returns
        assert lab.store.presentation().scene == "two"

    def test_the_notes_are_one_press_away_for_the_presenter_alone(
        self, lab: Lab, begun: Presentation, teacher: Presenter
    ) -> None:
        def links(app: AppTest) -> list[str]:
            return [each.proto.url for each in app.get("link_button")]

        assert "?notes=1" in links(opened(lab, None, browser=ME, token=teacher.token, talk=begun.id))
        assert "?notes=1" not in links(opened(lab, None, talk=begun.id))


def test_where_nothing_is_trained_the_talk_goes_on(
    lab: Lab, begun: Presentation, teacher: Presenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BN_LIVE", "off")
    lab.store.turn(teacher, 1)
    for app in (
        opened(lab, None, browser=ME, token=teacher.token, talk=begun.id, present="1"),
        opened(lab, None, talk=begun.id),
    ):
        assert not app.exception
        assert shown(app) == ("train", "two")
        assert app.button(key="train").disabled
        assert wording(prose("train")("remarks.engine")) in text_of(app)
    lab.store.turn(teacher, 1)
    assert shown(opened(lab, None, talk=begun.id)) == ("race", "three")
