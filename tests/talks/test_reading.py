"""A talk's file: what is right with it is read, and each thing that can be wrong gets one sentence on its line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.environment import examine_environment
from bn_core.exhibits import library
from bn_core.talks import TalkProblem, address_of, chosen_talk, load_talk, shipped_talk
from bn_core.talks.lines import line, lines_of
from bn_core.talks.reading import MOST_SCENES
from bn_core.text_file import LARGEST
from pages.session.scene_address import wrong_with

DOCS = Path(__file__).parents[2] / "docs" / "talks.md"

GOOD = """\
title = "A talk"

[[scenes]]
id = "first"
page = "layers"
title = "Inside"
minutes = 2
say = ["One.", "Two."]
address = { run = "before", step = 100, view = "heat" }

[scenes.ask]
text = "How many?"
choices = ["a", "b"]
answer = 2

[[scenes]]
id = "second"
page = "train"
title = "Live"
minutes = 1.5
live = true

[scenes.address]
momentum = 0.9

[scenes.ask]
text = "How many points?"
answer = "lag"
run = "momentum-0.999"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "My talk.toml"


def problem(file: Path, text: str) -> str:
    """The one sentence on a file with this text."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TalkProblem) as caught:
        load_talk(file, wrong_with)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    assert ": " in sentence, "what to do stands behind a colon"
    return sentence


class TestWhatIsRight:
    def test_a_file_is_read(self, file: Path) -> None:
        file.write_text(GOOD, encoding="utf-8")
        talk = load_talk(file, wrong_with)
        assert (talk.id, talk.title, talk.minutes) == ("my-talk", "A talk", 3.5)
        first, second = talk.scenes
        assert (first.id, first.page, first.title, first.say) == ("first", "layers", "Inside", ("One.", "Two."))
        assert first.address == {"run": "before", "step": "100", "view": "heat"}
        assert not first.live
        assert first.ask is not None
        assert (first.ask.kind, first.ask.choices, first.ask.answer) == ("choice", ("a", "b"), "1")
        assert second.live
        assert second.address == {"momentum": "0.9"}
        assert second.ask is not None
        assert (second.ask.kind, second.ask.answer, second.ask.run) == ("number", "lag", "momentum-0.999")

    def test_a_run_is_named_by_its_name_and_opened_by_its_id(self, file: Path) -> None:
        file.write_text(GOOD, encoding="utf-8")
        member = library().find("before")
        assert member is not None
        assert address_of(load_talk(file).scenes[0]) == {"run": member.record.id, "step": "100", "view": "heat"}

    @pytest.mark.parametrize("change", ["\ufeff{}", "{}\n\n# An end"])
    def test_what_editors_do_to_a_file_changes_nothing(self, file: Path, change: str) -> None:
        file.write_text(GOOD, encoding="utf-8")
        as_it_was = load_talk(file)
        file.write_bytes(change.format(GOOD).replace("\n", "\r\n").encode())
        assert load_talk(file) == as_it_was

    def test_the_example_of_the_documentation(self, file: Path) -> None:
        (example,) = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
        file.write_text(example, encoding="utf-8")
        talk = load_talk(file, wrong_with)
        assert {scene.ask.kind for scene in talk.scenes if scene.ask is not None} == {"choice", "number"}

    def test_the_documentation_names_every_key(self) -> None:
        keys = {key for scene in tomllib.loads(GOOD)["scenes"] for key in (*scene, *scene["ask"])}
        said = DOCS.read_text(encoding="utf-8")
        named = set(re.findall(r"^\| `\[*(?:scenes\.)?(\w+)\]*` \|", said, re.MULTILINE))
        assert named == {"title", "scenes", *keys, "in_place_of"}


WRONG = {
    "a key of the talk": (
        'title = "A talk"',
        'titel = "A talk"',
        1,
        "there is no key 'titel' here: use title, scenes.",
    ),
    "a missing title": ('title = "A talk"', "", 1, "the key title is missing: add it."),
    "a title that is no text": ('title = "A talk"', "title = 3", 1, "title must be a text, not 3: write it in quotes."),
    "an empty title": ('title = "A talk"', 'title = " "', 1, "title has an empty text: write what it is to say."),
    "scenes in one pair of brackets": (
        "[[scenes]]",
        "[scenes]",
        3,
        "[scenes] must be [[scenes]]: each scene begins so.",
    ),
    "a long title": ("A talk", "A" * 81, 1, "title has 81 characters: shorten it to 80."),
    "a character that cannot be seen": ("A talk", "A\\u202Etalk", 1, "a character that cannot be seen: take it out."),
    "a key of a scene": ("minutes = 2", "minute = 2", 7, "scene 1: there is no key 'minute' here: use id, page,"),
    "a missing key of a scene": ("minutes = 2\n", "", 3, "scene 1: the key minutes is missing: add it."),
    "an id": ('"second"', '"Second one"', 17, "scene 2: 'Second one' is no id: write 1 to 40 small letters"),
    "an id twice": ('"second"', '"first"', 17, "scene 2: two scenes have the id first: give one another."),
    "a page that there is not": (
        '"layers"',
        '"layer"',
        5,
        "scene 1: There is no page 'layer'; the pages are race, one",
    ),
    "a page that is no name": ('"layers"', '"../app"', 5, "scene 1: '../app' is no page: write"),
    "minutes that are a text": (
        "minutes = 2",
        'minutes = "2"',
        7,
        "scene 1: minutes must be a number from 0.25 to 120,",
    ),
    "minutes of nothing": (
        "minutes = 2",
        "minutes = 0",
        7,
        "scene 1: minutes must be a number from 0.25 to 120, not 0:",
    ),
    "minutes without an end": ("minutes = 2", "minutes = inf", 7, "not inf: write such a number."),
    "minutes that are no number": ("minutes = 2", "minutes = nan", 7, "not nan: write such a number."),
    "minutes that are true": ("minutes = 2", "minutes = true", 7, "not True: write such a number."),
    "what to say": ('say = ["One.", "Two."]', 'say = "One."', 8, "scene 1: say must be a list of texts, 12 at most:"),
    "too much to say": ('"Two."', f'"{"a" * 601}"', 8, "scene 1: say has 601 characters: shorten it to 600."),
    "too many paragraphs": ('"Two."', '"Two.",' * 12, 8, "scene 1: say must be a list of texts, 12 at most:"),
    "an address that is no table": (
        'address = { run = "before", step = 100, view = "heat" }',
        'address = "?run=before"',
        9,
        "scene 1: address must be a table: write it as { step = 100, ",
    ),
    "a parameter": ("view =", "viev =", 9, "scene 1: This page knows no parameter 'viev': change it, or leave it out."),
    "a parameter's value": ('"heat"', '"cold"', 9, "scene 1: view must be one of ridges, heat, not 'cold': change it,"),
    "a parameter's kind": ('"heat"', "[1]", 9, "scene 1: 'view' must be a text, a number, true or false: write one."),
    "a step": ("step = 100", "step = -1", 9, "scene 1: step must be a whole number from 0 to 5000, not '-1': change"),
    "a field of the configuration": (
        "momentum = 0.9",
        "momentum = 9",
        24,
        "scene 2: momentum must be a number from 0 to",
    ),
    "a run": ('"before"', '"befor"', 9, "scene 1: 'befor' is no recorded run: name one of none, none-he, before,"),
    "a run on a page without": ('"layers"', '"race"', 9, "scene 1: The page 'race' shows no run"),
    "what belongs to who looks": (
        "view =",
        "present =",
        9,
        "scene 1: present belongs to whoever looks, and to no scene:",
    ),
    "live that is no switch": ("live = true", "live = 1", 21, "scene 2: live must be true or false, not 1: write one"),
    "live without a training": ('"train"', '"source"', 21, "scene 2: a live scene trains: give it the page train, and"),
    "ask that is no table": (
        '[scenes.ask]\ntext = "How many points?"\nanswer = "lag"\nrun = "momentum-0.999"',
        "[scenes.address.ask]",
        26,
        "scene 2: 'ask' must be a text, a number, true or false",
    ),
    "a key of a question": ("choices =", "choice =", 13, "scene 1: there is no key 'choice' here: use text, choices,"),
    "a question without a text": ('text = "How many?"\n', "", 11, "scene 1: the key text is missing: add it."),
    "a long question": ("How many?", "a" * 241, 12, "scene 1: text has 241 characters: shorten it to 240."),
    "no choices": ('["a", "b"]', "[]", 13, "scene 1: a choice is from 2 to 8 texts: list so many, or leave"),
    "one choice": ('["a", "b"]', '["a"]', 13, "scene 1: a choice is from 2 to 8 texts: list so many, or leave"),
    "a choice that is no text": (
        '["a", "b"]',
        "[1, 2]",
        13,
        "scene 1: choices must be a text, not 1: write it in quotes",
    ),
    "a choice twice": ('["a", "b"]', '["a", "a "]', 13, "scene 1: two choices are the same: change one."),
    "a right answer of none": (
        "answer = 2",
        "answer = 3",
        14,
        "scene 1: 3 is none of the choices: write the right one's",
    ),
    "a right answer from nought": (
        "answer = 2",
        "answer = 0",
        14,
        "scene 1: 0 is none of the choices: write the right",
    ),
    "a right answer by its text": (
        "answer = 2",
        'answer = "b"',
        14,
        "scene 1: 'b' is none of the choices: write the right",
    ),
    "a question without choices": (
        'choices = ["a", "b"]\nanswer = 2',
        "answer = 2",
        13,
        "scene 1: 2 works no number out: name one of catch_up, lag, signal, ",
    ),
    "a measure that there is not": ('"lag"', '"leg"', 28, "scene 2: 'leg' works no number out: name one of catch_up,"),
    "a measure of no run": ('run = "momentum-0.999"', "", 28, "scene 2: lag is worked out from a run: add run = with"),
    "a measure of another run": ('"momentum-0.999"', '"none"', 28, "scene 2: lag cannot be worked out from none: name"),
    "the run of a choice": (
        "answer = 2",
        'answer = 2\nrun = "before"',
        15,
        "scene 1: run says what a number is worked out",
    ),
    "another page's question": (
        "answer = 2",
        'answer = 2\nin_place_of = "race"',
        15,
        "scene 1: 'race' is no question of the page layers: name race (on race), quiz (on break_it)",
    ),
    "what is not TOML": ('id = "second"', "id = second", 17, "this is not TOML (Invalid value): mend that line."),
    "what does not end": ('"momentum-0.999"', '"momentum', 29, "this is not TOML ("),
    "a table twice": ("[scenes.address]", "[scenes.ask]", 26, "this is not TOML ("),
    "a number that is too long": ("minutes = 2", "minutes = " + "9" * 5000, None, "a number in it is too long, or"),
    "brackets that are too deep": (
        "minutes = 2",
        "minutes = " + "[" * 5000,
        None,
        "nested too deep: write less of them.",
    ),
}


class TestWhatIsWrong:
    @pytest.mark.parametrize("name", WRONG)
    def test_one_sentence_with_file_line_and_remedy(self, file: Path, name: str) -> None:
        good, bad, at, what = WRONG[name]
        assert good in GOOD
        sentence = problem(file, GOOD.replace(good, bad, 1))
        assert what in sentence
        where = "My talk.toml: " if at is None else f"My talk.toml, line {at}: "
        assert sentence.startswith(where)

    def test_no_scene(self, file: Path) -> None:
        for scenes in ("[]", "[1]", '"none"', "{}"):
            sentence = problem(file, f'title = "A talk"\nscenes = {scenes}\n')
            assert sentence == "My talk.toml, line 2: scenes must be tables: begin each by [[scenes]]."

    def test_a_question_that_is_no_table(self, file: Path) -> None:
        text = 'title = "A"\n[[scenes]]\nid = "a"\npage = "train"\ntitle = "T"\nminutes = 1\nask = "How many?"\n'
        sentence = "My talk.toml, line 7: scene 1: ask must be a table: begin it by [scenes.ask]."
        assert problem(file, text) == sentence

    def test_too_many_scenes(self, file: Path) -> None:
        scene = '[[scenes]]\nid = "s{}"\npage = "train"\ntitle = "T"\nminutes = 1\n'
        text = 'title = "A"\n' + "".join(scene.format(number) for number in range(MOST_SCENES + 1))
        assert f"line {2 + 5 * MOST_SCENES}: scene {MOST_SCENES + 1}: there are" in problem(file, text)

    def test_an_address_that_is_wrong_only_as_a_whole_is_named_by_its_line(self, file: Path) -> None:
        file.write_text(GOOD, encoding="utf-8")
        with pytest.raises(
            TalkProblem, match=r"My talk\.toml, line 9: scene 1: Not both: change it, or leave it out\."
        ):
            load_talk(file, lambda _, address: ["Not both."] if len(address) > 1 else [])

    def test_what_is_not_utf_8_is_named_by_its_line(self, file: Path) -> None:
        file.write_bytes(GOOD.replace("Inside", "Zürich").encode("latin-1"))
        with pytest.raises(
            TalkProblem, match=r"My talk\.toml, line 6: this is not text in UTF-8: save the file as UTF-8\."
        ):
            load_talk(file)

    def test_a_file_that_is_too_large(self, file: Path) -> None:
        file.write_text(GOOD + "#" * LARGEST, encoding="utf-8")
        with pytest.raises(TalkProblem, match="larger than 200,000 bytes: shorten it"):
            load_talk(file)

    def test_no_file_and_a_folder(self, file: Path) -> None:
        with pytest.raises(TalkProblem, match=r"There is no file '.*My talk\.toml': write the talk there"):
            load_talk(file)
        file.mkdir()
        with pytest.raises(TalkProblem, match="is a folder: name the talk's file in it"):
            load_talk(file)

    def test_without_the_pages_rules_the_configuration_is_checked_all_the_same(self, file: Path) -> None:
        file.write_text(GOOD.replace('"heat"', '"cold"'), encoding="utf-8")
        assert load_talk(file).scenes[0].address["view"] == "cold"
        for good, bad in (("momentum = 0.9", "momentum = 9"), ("step = 100", "step = -1")):
            file.write_text(GOOD.replace(good, bad), encoding="utf-8")
            with pytest.raises(TalkProblem, match="must be"):
                load_talk(file)

    @given(text=st.text() | st.text(alphabet="[]{}=\"'\\#\n.,scenesaktx1 ", max_size=60).map(lambda end: GOOD + end))
    def test_any_text_is_a_talk_or_gets_a_sentence(self, tmp_path_factory, text: str) -> None:
        file = tmp_path_factory.mktemp("talk") / "talk.toml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            sentence = load_talk(file, wrong_with).title
        except TalkProblem as problem:
            sentence = str(problem)
        assert sentence.isprintable()
        assert sentence == "A talk" or "talk.toml" in sentence


class TestLines:
    @pytest.mark.parametrize(
        ("text", "path", "at"),
        [
            ('a = """\n[[b]]\nc = 1\n"""\n[[b]]\nc = 2', ("b", 0, "c"), 6),
            ("a = '''\n[[b]]'''\n[[b]]\nc = 2", ("b", 0, "c"), 4),
            ("a = [\n  1, # ]\n  [2],\n]\nb = 1", ("b",), 5),
            ('a = "]]["\nb = 1', ("b",), 2),
            ('"a" = 1\n[ b . c ]\nd.e = 1', ("b", "c", "d", "e"), 3),
            ("[[b]]\n[[b.c]]\n[[b]]\n[[b.c]]\n[[b.c]]\nd = 1", ("b", 1, "c", 1, "d"), 6),
            ("[[b]]\n[b.c]\n[[b]]\n[b.c]\nd = 1", ("b", 1, "c", "d"), 5),
            ('a = """\\""" = 1"""\nb = 1', ("b",), 2),
            ('a = """x""""\nb = 1', ("b",), 2),
        ],
    )
    def test_each_key_has_its_line(self, text: str, path: tuple[str | int, ...], at: int) -> None:
        tomllib.loads(text)
        assert line(lines_of(text), path) == at

    def test_what_has_no_line_has_that_of_what_is_around_it(self) -> None:
        found = lines_of("a = 1\n[b]\nc = { d = 1 }")
        assert line(found, ("b", "c", "d")) == 3
        assert line(found, ("b", "e")) == 2
        assert line(found, ("f",)) == 1


class TestTheChosenOne:
    def test_it_is_the_shipped_one_where_none_is_named(self) -> None:
        assert chosen_talk(examine_environment({})[0]) == shipped_talk()

    def test_it_is_that_of_bn_talk(self, file: Path) -> None:
        file.write_text(GOOD, encoding="utf-8")
        environment, problems = examine_environment({"BN_TALK": str(file)})
        assert problems == ()
        assert chosen_talk(environment).title == "A talk"

    def test_a_file_that_is_not_there_is_named(self, file: Path) -> None:
        with pytest.raises(TalkProblem, match="There is no file"):
            chosen_talk(examine_environment({"BN_TALK": str(file)})[0])
