"""Everything that can be set on a page stands in its address, and comes back from there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import FIELD_BY_NAME, Choice, Real, Switch, TrainingConfig, Whole
from bn_core.config import shown as quoted
from bn_core.exhibits import library
from bn_core.sweeps.reading import LONGEST_TITLE
from pages.session import settings
from pages.session.location import TRACKING, Location, parameters, parse
from pages.session.session import Session
from pages.words.prose import prose
from tests.pages.lab import ME, SOMEBODY, Lab, control, data_of, kept, set_elsewhere, shown, text_of

DEFAULT = TrainingConfig()
PAGES = tuple(settings.SETTINGS)
TEXTS = {
    "second": "abcdefghij",
    "answers": "1263",
    "term": "moving-statistics",
    "sweep": "abcdefghij",
    "plan": "placement:none,before;seed:0-4",
    "pairs": "1-2.1-3",
    "title": "Before or after?",
    "over": "learning_rate",
    "runs": "abcdefghij",
    "find": "after",
}

CONTRACT = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text(encoding="utf-8")

LONG = "q" * (max(settings.LONGEST_TERM, LONGEST_TITLE) + 1)
"""Of no setting a value."""


def values(setting: settings.Setting):
    match setting.reads:
        case Choice(values=known):
            return st.sampled_from(known)
        case Switch():
            return st.booleans()
        case Whole(low=low, high=high):
            return st.integers(low, high)
        case Real(low=low, high=high):
            return st.floats(low, high).map(lambda value: value + 0.0)
        case _:
            return st.just(TEXTS[setting.name])


class TestTheTable:
    @pytest.mark.parametrize("page", PAGES)
    @given(data=st.data())
    def test_what_is_written_is_read_back(self, page: str, data: st.DataObject) -> None:
        chosen = {setting.name: data.draw(values(setting)) for setting in settings.SETTINGS[page]}
        there = Location(DEFAULT, run="abcdefghij", step=20, present=True, settings=chosen)
        written = parameters(there, DEFAULT, page)
        back = parse(written, DEFAULT, page)
        assert not back.problems
        of_run = (None, None) if page in settings.WITHOUT_RUN else ("abcdefghij", 20)
        assert (back.run, back.step, back.present) == (*of_run, True)
        for setting in settings.SETTINGS[page]:
            default = chosen[setting.name] == setting.default
            assert (setting.name in written) == (not default)
            assert default or back.settings[setting.name] == chosen[setting.name]

    @pytest.mark.parametrize("page", PAGES)
    def test_a_bad_value_is_a_sentence_and_the_default(self, page: str) -> None:
        for setting in settings.SETTINGS[page]:
            there = parse({setting.name: LONG}, DEFAULT, page)
            assert there.settings == {}
            (sentence,) = there.problems
            assert sentence == prose("app")(
                "address.setting", name=setting.name, domain=setting.reads.domain, value=quoted(LONG)
            )

    def test_no_name_means_two_things(self) -> None:
        taken = {*FIELD_BY_NAME, "run", "step", "present", "talk", "scene", "notes", "hide"}
        for page in PAGES:
            names = [setting.name for setting in settings.SETTINGS[page]]
            assert len(set(names)) == len(names)
            assert not taken.intersection(names)
            assert not [name for name in names if TRACKING.fullmatch(name)]

    @pytest.mark.parametrize("page", PAGES)
    def test_the_contract_names_every_setting(self, page: str) -> None:
        address = "/" if page == "race" else f"/{page}"
        row = next(line for line in CONTRACT.splitlines() if f"| `{address}` |" in line)
        names = re.findall(r"`(\w+)`", row.rpartition(f"`{address}`")[2])
        assert names == [setting.name for setting in settings.SETTINGS[page]]

    @pytest.mark.parametrize("page", settings.WITHOUT_RUN)
    def test_a_page_that_shows_no_run_knows_no_run_and_no_step(self, page: str) -> None:
        there = parse({"run": "abcdefghij", "step": "20"}, DEFAULT, page)
        assert (there.run, there.step) == (None, None)
        unknown = [prose("app")("address.unknown", name=quoted(name)) for name in ("run", "step")]
        assert list(there.problems) == unknown

    def test_another_pages_setting_is_unknown(self) -> None:
        (sentence,) = parse({"decay": "0.5"}, DEFAULT, "layers").problems
        assert sentence == prose("app")("address.unknown", name="'decay'")


class TestOnePage:
    def test_an_address_sets_the_page(self, lab: Lab) -> None:
        page = lab.page("one_batch", layer="4", images="64", order="after", at="relu", image="3", add_bias="-2.5")
        assert control(page, "layer").value == 4
        drawn = data_of(page, "one-batch-picture")
        assert (drawn["at"], drawn["row"], drawn["hue"]) == ("relu", 2, "green")
        assert control(page, "bias").value == -2.5
        assert not page.warning

    def test_the_address_follows_and_forgets_the_default(self, lab: Lab) -> None:
        page = lab.page("one_batch")
        control(page, "layer").set_value(4).run()
        assert page.query_params["layer"] in ("4", ["4"])
        control(page, "layer").set_value(15).run()
        assert "layer" not in page.query_params

    def test_two_settings_in_one_message_are_both_kept(self, lab: Lab) -> None:
        page = lab.page("one_batch")
        control(page, "size").set_value(64)
        control(page, "order").set_value("after").run()
        assert {"images", "order"} <= set(page.query_params)
        assert shown(page).settings == {"images": 64, "order": "after"}

    def test_a_message_with_the_address_of_before_takes_nothing_back(self, lab: Lab) -> None:
        page = lab.page("one_batch")
        control(page, "layer").set_value(4).run()
        page.query_params.clear()
        page.run()
        assert control(page, "layer").value == 4
        assert page.query_params["layer"] in ("4", ["4"])

    @pytest.mark.parametrize("file", ["population", "exercises"])
    def test_what_one_address_has_wrong_is_not_said_on_the_next_page(self, lab: Lab, file: str) -> None:
        page = lab.page("one_batch", nonsense="1")
        assert "nonsense" in text_of(page)
        page.switch_page(f"pages/{file}.py")
        page.query_params.clear()
        page.run()
        assert "nonsense" not in text_of(page)

    def test_a_link_on_the_page_itself_is_followed(self, lab: Lab) -> None:
        page = lab.page("one_batch", layer="4")
        page.query_params["layer"] = "7"
        page.run()
        assert control(page, "layer").value == 7

    def test_coming_back_by_the_navigation_finds_it_as_it_was_left(self, lab: Lab) -> None:
        page = set_elsewhere(lab.page("one_batch", step="100"), layer=4).run()
        page.query_params.clear()
        kept(page, Session).seen = {}
        kept(page, Session).page = "train"
        page.run()
        assert control(page, "layer").value == 4
        assert page.query_params["step"] in ("100", ["100"])

    @pytest.mark.parametrize("file", PAGES)
    def test_a_bad_setting_is_said_on_the_page(self, lab: Lab, file: str) -> None:
        known = settings.SETTINGS[file]
        name = known[0].name if known else "present"
        page = lab.page(file, **{name: LONG})
        assert not page.exception
        assert f"{name} must be" in text_of(page)


class TestWhatIsNotThere:
    """What an address names, and the run on the page does not have, is not passed over in silence."""

    @staticmethod
    def step(wanted: int, shown: int) -> str:
        return prose("app")("passed_over.step", step=wanted, shown=shown)

    @pytest.mark.parametrize(("file", "shown"), [("layers", 20), ("population", 20), ("one_image", 100)])
    def test_a_step_that_the_run_does_not_have(self, lab: Lab, file: str, shown: int) -> None:
        run = next(member.record.id for member in library().members() if member.variant == "before")
        assert self.step(37, shown) in text_of(lab.page(file, run=run, step="37"))
        assert self.step(37, shown)[:12] not in text_of(lab.page(file, run=run, step=str(shown)))

    def test_a_step_that_is_still_to_come(self, lab: Lab) -> None:
        run = lab.run(status="running", steps=60)
        said = [text_of(lab.page("population", run=run, step=step)) for step in ("100", "110")]
        assert [prose("app")("passed_over.step").partition("{")[0] in text for text in said] == [False, True]

    def test_one_batch_has_the_captured_steps_and_channels(self, lab: Lab) -> None:
        said = text_of(lab.page("one_batch", step="37", layer="1", channel="16"))
        assert prose("app")("passed_over.step").partition("{")[0] in said
        assert prose("app")("passed_over.channel", channel=16, layer=1, shown=1) in said

    def test_a_channel_that_the_layer_does_not_have(self, lab: Lab) -> None:
        said = prose("app")("passed_over.channel", channel=90, layer=1, shown=1)
        addressed = {"layer": "1", "channels": "one", "channel": "90"}
        assert said in text_of(lab.page("population", **addressed))
        assert said not in text_of(lab.page("population", **(addressed | {"layer": "20"})))

    def test_a_place_a_decay_and_a_second_run_that_are_not_there(self, lab: Lab) -> None:
        without = next(member.record.id for member in library().members() if member.variant == "none")
        said = text_of(lab.page("layers", run=without, place="bn", second="nosuchrun0"))
        assert prose("app")("passed_over.choice", name="place", value="bn") in said
        assert prose("app")("passed_over.second", run="nosuchrun0") in said
        said = text_of(lab.page("population", decay="0.55"))
        assert prose("app")("passed_over.choice", name="decay", value=0.55) in said

    def test_a_parameter_that_is_there_twice(self, lab: Lab) -> None:
        page = lab.page("train", seed=["1", "2"], utm_source=["a", "b"])
        assert prose("app")("address.twice", name="'seed'", count=2, value="'2'") in text_of(page)
        assert "utm_source" not in text_of(page)
        assert shown(page).config.seed == 2


class TestOnesOwnRun:
    """A page that looks into a run and is opened without one."""

    @pytest.mark.parametrize("file", settings.CHOOSE_A_RUN)
    def test_it_shows_nobody_elses_and_names_what_it_shows(self, lab: Lab, file: str) -> None:
        theirs = lab.run(owner=SOMEBODY, status="running")
        page = lab.page(file)
        (run,) = parse_list(page.query_params["run"])
        assert run != theirs
        assert library().run(run) is not None
        assert run in text_of(page)
        mine = lab.run(status="running")
        page = lab.page(file)
        assert parse_list(page.query_params["run"]) == [mine]

    @pytest.mark.parametrize("file", settings.CHOOSE_A_RUN)
    def test_the_link_leads_somebody_else_to_the_same(self, lab: Lab, file: str) -> None:
        mine = lab.run(status="running")
        page = lab.page(file, browser=SOMEBODY, **written(lab.page(file)))
        assert shown(page).run == mine

    def test_before_the_browser_said_who_it_is_no_address_is_written(self, lab: Lab) -> None:
        mine = lab.run(status="running")
        page = lab.page("population", browser=None)
        assert "run" not in page.query_params
        kept(page, Session).browser_id = ME
        page.run()
        assert parse_list(page.query_params["run"]) == [mine]

    def test_it_stays_the_pages_when_one_comes_back_and_train_shows_none(self, lab: Lab) -> None:
        first = lab.run(status="running")
        page = lab.page("population")
        lab.run(status="running")
        assert shown(page.run()).run == first
        for file, wanted in (("train", None), ("population", first)):
            page.switch_page(f"pages/{file}.py")
            page.query_params.clear()
            page.run()
            assert shown(page).run == wanted


def parse_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def written(page) -> dict[str, str]:
    return {name: parse_list(values)[-1] for name, values in page.query_params.items()}


class TestOtherRuns:
    def test_code_says_whose_program_it_is(self, lab: Lab) -> None:
        run = lab.run(placement="after", status="finished")
        page = lab.page("source", run=run)
        assert run in text_of(page)
        assert page.segmented_control(key="source-config-placement-0").value == "after"

    def test_code_says_that_there_is_no_such_run(self, lab: Lab) -> None:
        assert prose("app")("nothing.unknown") in text_of(lab.page("source", run="nosuchrun0"))

    def test_one_batch_says_what_it_shows_instead(self, lab: Lab) -> None:
        run = lab.run(status="finished")
        assert run in text_of(lab.page("one_batch", run=run))
        assert prose("one-batch")("unknown-run", mine="rec").partition("rec")[0] in text_of(
            lab.page("one_batch", run="nosuchrun0")
        )


class TestWithoutIdentity:
    def test_the_way_out_starts_the_run_for_this_tab(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        from pages.session import actions

        monkeypatch.setattr(actions, "SILENT_SECONDS", 0.0)
        page = lab.page(browser=None)
        page.button(key="train").click().run()
        assert prose("train")("remarks.silent") in text_of(page)
        page.button(key="train-alone").click().run()
        assert not page.exception
        run = page.query_params["run"]
        assert lab.store.run(run if isinstance(run, str) else run[0]) is not None
        assert prose("train")("remarks.blocked") in text_of(page)


def test_a_page_that_shows_nothing_of_a_run_begins_with_no_other_channel(lab: Lab) -> None:
    page = lab.page("population", run=lab.run(status="finished"), channel="99")
    assert "No batch statistics were recorded" in text_of(page)
    assert "99" not in text_of(page)
