"""Everything that can be set on a page stands in its address, and comes back from there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import FIELD_BY_NAME, Choice, Real, Switch, TrainingConfig, Whole
from bn_core.config import shown as quoted
from pages.session import settings
from pages.session.location import TRACKING, Location, parameters, parse
from pages.session.session import Session
from pages.words.prose import prose
from tests.pages.lab import Lab, control, data_of, kept, set_elsewhere, shown, text_of

DEFAULT = TrainingConfig()
PAGES = tuple(settings.SETTINGS)
TEXTS = {"second": "abcdefghij", "answers": "1263", "term": "moving-statistics"}

CONTRACT = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text(encoding="utf-8")

LONG = "q" * (settings.LONGEST_TERM + 1)
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
        assert (back.run, back.step, back.present) == ("abcdefghij", 20, True)
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
        name = known[0].name if known else "step"
        page = lab.page(file, **{name: LONG})
        assert not page.exception
        assert f"{name} must be" in text_of(page)


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
