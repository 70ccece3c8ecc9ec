"""What the page "Code" shows: both programs whole, what marks their lines, and how the choices change them."""

from __future__ import annotations

import html
import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from bn_core.config import FIELD_BY_NAME, Choice, TrainingConfig
from bn_core.names import VALUES
from bn_core.source_code import notebook, program, running_layer
from pages.code_page import idioms
from pages.code_page.folding import in_sight
from pages.code_page.highlight import highlighted
from pages.code_page.signs import signs
from pages.code_page.text import TEXT
from pages.session.session import Session
from tests.pages.lab import APP, ME, Lab, data_of, kept
from tests.test_source_code import lines_of

PAGE = "pages/source.py"
BUGS = [value for value in FIELD_BY_NAME["bug"].values if value != "none"]  # type: ignore[union-attr]


def visit(**parameters: str) -> AppTest:
    """The page as a link opens it."""
    page = AppTest.from_file(str(APP), default_timeout=60)
    kept(page, Session).browser_id = ME
    page.run()
    page.switch_page(PAGE)
    for name, value in parameters.items():
        page.query_params[name] = value
    return page.run()


def listed(page: AppTest, name: str) -> dict:
    """What was sent to a listing."""
    return data_of(page, name)


def has(page: AppTest, name: str) -> bool:
    return any(element.proto.id.endswith(f"-{name}") for element in page.get("bidi_component"))


def text_of(data: dict) -> str:
    """The code of a listing without its colours."""
    return "\n".join(html.unescape(re.sub(r"<[^>]+>", "", line["code"])) for line in data["lines"]) + "\n"


class TestPrograms:
    @pytest.mark.parametrize("placement", ["before", "after"])
    def test_both_levels_stand_there_whole(self, lab: Lab, placement: str) -> None:
        page = visit(placement=placement, bias="true", dataset="mnist")
        assert not page.exception
        for level in ("layer", "by-hand"):
            config = TrainingConfig.of({"placement": placement, "bias": True, "implementation": level})
            data = listed(page, f"program-{level}")
            assert text_of(data) == data["text"] == program(config).text
            assert data["copy"]

    def test_without_batch_norm_there_is_one(self, lab: Lab) -> None:
        page = visit(placement="none", dataset="mnist")
        assert not page.exception
        assert has(page, "program-none")
        assert not has(page, "program-layer")
        assert listed(page, "program-none")["text"] == program(TrainingConfig(placement="none", bias=True)).text

    def test_at_first_what_no_choice_decides_is_folded_away(self, lab: Lab) -> None:
        page = visit(dataset="mnist")
        data = listed(page, "program-layer")
        hidden = {line["number"] for line in data["lines"] if line["hidden"]}
        marked = {line["number"] for line in data["lines"] if line["sign"]}
        assert len(hidden) > len(data["lines"]) / 2
        assert marked
        assert not marked & hidden

    def test_the_whole_program_is_one_click_away(self, lab: Lab) -> None:
        page = visit(dataset="mnist")
        (view,) = [group for group in page.get("button_group") if (group.key or "").startswith("source-view-")]
        view.set_value("whole").run()
        assert not any(line["hidden"] for line in listed(page, "program-layer")["lines"])

    def test_each_can_be_downloaded_in_both_forms(self, lab: Lab) -> None:
        page = visit(dataset="mnist")
        labels = [element.proto.label for element in page.get("download_button")]
        assert labels == [".py", ".ipynb", ".py", ".ipynb"]

    def test_a_wrong_address_gets_a_sentence_and_the_default(self, lab: Lab) -> None:
        page = visit(placement="beside")
        assert not page.exception
        assert "placement must be one of" in page.warning[0].value.replace("\\", "")
        assert "layers.BatchNormalization" in listed(page, "program-layer")["text"]

    def test_every_listing_has_a_name(self, lab: Lab) -> None:
        page = visit()
        named = [json.loads(element.proto.json) for element in page.get("bidi_component")]
        assert all(data["label"] for data in named if "lines" in data)


class TestChoices:
    def test_the_placement_is_chosen_here_for_the_other_pages_too(self, lab: Lab) -> None:
        page = visit(dataset="mnist")
        (placement,) = [group for group in page.get("button_group") if "placement" in (group.key or "")]
        placement.set_value("after").run()
        assert not page.exception
        assert page.query_params["placement"] in ("after", ["after"])
        code = listed(page, "program-layer")["text"]
        assert code.index("layers.ReLU()") < code.index("layers.BatchNormalization(")

    def test_leaving_batch_norm_brings_the_bias(self, lab: Lab) -> None:
        page = visit(dataset="mnist")
        (placement,) = [group for group in page.get("button_group") if "placement" in (group.key or "")]
        placement.set_value("none").run()
        assert "use_bias=True" in listed(page, "program-none")["text"]

    def test_bias_and_initializer_change_the_program(self, lab: Lab) -> None:
        page = visit(dataset="mnist")
        page.toggle(key="source-config-bias-0").set_value(True).run()
        page.selectbox(key="source-config-initializer-0").set_value("he").run()
        assert not page.exception
        code = listed(page, "program-by-hand")["text"]
        assert "use_bias=True" in code
        assert "draw(he, i, conv)" in code

    def test_a_choice_made_elsewhere_is_taken_over(self, lab: Lab) -> None:
        page = visit(dataset="mnist")
        page.toggle(key="source-config-bias-0").set_value(True).run()
        assert page.toggle(key="source-config-bias-0").value
        page.query_params["bias"] = "false"
        page.query_params["placement"] = "after"
        page.run()
        assert not page.toggle(key="source-config-bias-1").value
        assert "use_bias=False" in listed(page, "program-layer")["text"]

    def test_what_was_chosen_elsewhere_is_named(self, lab: Lab) -> None:
        page = visit(batches="200", seed="3", dataset="mnist")
        elsewhere = TEXT("elsewhere").partition("{")[0]
        (caption,) = [element.value for element in page.caption if elsewhere in element.value]
        batches, seed = FIELD_BY_NAME["batches"].label, FIELD_BY_NAME["seed"].label
        assert TEXT("elsewhere", others=f"{batches} 200, {seed} 3") in caption
        assert "BATCHES = 200" in listed(page, "program-layer")["text"]
        assert elsewhere not in "".join(element.value for element in visit(dataset="mnist").caption)


class TestSigns:
    def test_the_same_line_has_another_sign_where_it_is_not_the_default(self) -> None:
        for placement, sign in (("before", "◇"), ("after", "◆")):
            config = TrainingConfig(placement=placement)  # type: ignore[arg-type]
            made = program(config)
            assert {signs(made, config)[line].sign for line in lines_of(made, "placement")} == {sign}

    def test_every_choice_is_named_with_its_value_where_it_decides_a_line(self) -> None:
        config = TrainingConfig.of({"placement": "after", "bias": True, "batches": 200})
        said = " ".join(sign.choice for sign in signs(program(config), config).values())
        after, glorot = VALUES["placement"]["after"].control, VALUES["initializer"]["glorot"].control
        values = {"placement": after, "bias": TEXT("values.bias.true"), "initializer": glorot, "batches": 200}
        for name, value in values.items():
            assert f"{FIELD_BY_NAME[name].label}: {value}" in said
        notes = " ".join(sign.note for sign in signs(program(config), config).values())
        assert TEXT("not-default", default=800) in notes

    @pytest.mark.parametrize("bug", BUGS)
    @pytest.mark.parametrize("level", ["layer", "by-hand"])
    def test_a_bug_has_a_sign_of_its_own_and_a_sentence(self, bug: str, level: str) -> None:
        config = TrainingConfig.of({"bug": bug, "implementation": level})
        made = program(config)
        found = signs(made, config)
        assert {found[line].sign for line in lines_of(made, "bug")} == {"✗"}
        assert TEXT(f"does.bug.{bug}") in " ".join(sign.note for sign in found.values())

    def test_what_by_hand_adds_is_told_from_what_the_choices_change(self) -> None:
        config = TrainingConfig(implementation="by-hand")
        made = program(config)
        found = signs(made, config)
        lines = made.text.splitlines()
        for line, sign in found.items():
            if sign.sign == "┃":
                assert line in lines_of(made, "implementation")
        assert found[lines.index("class BatchNormalization(layers.Layer):") + 1].sign == "┃"
        assert found[lines.index("    x = BatchNormalization()(x)") + 1].sign == "◇"

    def test_every_value_of_a_choice_has_words(self) -> None:
        for name in ("placement", "initializer", "bug"):
            field = FIELD_BY_NAME[name]
            assert isinstance(field, Choice)
            for value in field.values:
                assert f"does.{name}.{value}" in TEXT or (name, value) == ("bug", "none")


class TestHighlighting:
    @pytest.mark.parametrize("level", ["layer", "by-hand"])
    def test_it_adds_colour_and_takes_nothing_away(self, level: str) -> None:
        for text in (
            program(TrainingConfig.of({"implementation": level})).text,
            notebook(program(TrainingConfig()).text).replace("null", "None"),
            running_layer.FILE.read_text(encoding="utf-8"),
        ):
            lines = [html.unescape(re.sub(r"</?span[^>]*>", "", line)) for line in highlighted(text)]
            assert lines == text.splitlines()

    def test_what_looks_like_markup_stays_text(self) -> None:
        (line,) = highlighted('x = "<b>&amp;</b>" < 3  # <script>')
        assert "<b>" not in line
        assert "<script>" not in line
        assert '<span class="string">"&lt;b&gt;&amp;amp;&lt;/b&gt;"</span>' in line
        assert '<span class="comment"># &lt;script&gt;</span>' in line


class TestFolding:
    def test_a_marked_line_brings_its_statement_and_the_headings_above(self) -> None:
        body = ["y = 1", "z = 2", "q = 3", "r = 3", "for i in x:", "    g(", "        i", "    )"]
        text = "\n    ".join(["def f(x):", *body])
        assert in_sight(text, {8}) == {1, 6, 7, 8, 9}

    def test_a_short_gap_is_not_worth_a_fold(self) -> None:
        text = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\nf = 6\ng = 7\nh = 8\ni = 9\n"
        assert in_sight(text, {1, 4, 9}) == {1, 2, 3, 4, 9}


class TestTheLayerThatRuns:
    def test_its_functions_stand_there_with_their_own_line_numbers(self, lab: Lab) -> None:
        page = visit()
        lines = running_layer.FILE.read_text(encoding="utf-8").splitlines()
        for name in (*running_layer.ARITHMETIC, running_layer.WRAPPER):
            for line in listed(page, f"running-{name}")["lines"]:
                shown = html.unescape(re.sub(r"</?span[^>]*>", "", line["code"]))
                assert lines[line["number"] - 1] == shown


class TestIdioms:
    @pytest.mark.parametrize("idiom", idioms.IDIOMS, ids=lambda idiom: idiom.key)
    @pytest.mark.parametrize("placement", ["none", "before", "after"])
    def test_every_note_points_to_a_line_on_both_sides(self, idiom: idioms.Idiom, placement: str) -> None:
        old = (idioms.FOLDER / f"{idiom.key.replace('-', '_')}.txt").read_text(encoding="utf-8")
        new = idioms.today(idiom, TrainingConfig.of({"placement": placement}))
        said = TEXT.list(f"idiom.{idiom.key}.notes")
        digits = set(idioms.DIGITS[: len(said)])
        for text, fragments in ((old, idiom.before), (new, idiom.now)):
            assert {sign.sign for sign in idioms.notes(text, fragments).values()} == digits
            assert all(any(part in text for part in parts) for parts in fragments)

    def test_todays_side_is_a_part_of_the_program(self) -> None:
        for idiom in idioms.IDIOMS:
            whole = program(TrainingConfig.of({"implementation": idiom.level})).text.splitlines()
            assert set(idioms.today(idiom, TrainingConfig()).splitlines()) <= {*whole, ""}

    def test_the_old_side_says_that_it_does_not_run(self, lab: Lab) -> None:
        page = visit()
        for idiom in idioms.IDIOMS:
            assert listed(page, f"before-{idiom.key}")["label"] == TEXT("idiom.before")
