"""A talk's file, read and checked: whatever is wrong with it gets one sentence, on the line where it stands."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from bn_core.config import FIELD_BY_NAME, Real, Whole, read, shown, url_text
from bn_core.exercises.measures import MEASURES
from bn_core.exhibits.catalogue import exhibits
from bn_core.protocol import MOST_STEPS
from bn_core.talks import lines
from bn_core.talks.answers import measured
from bn_core.talks.talk import OWN_QUESTIONS, Question, Scene, Talk, TalkProblem
from bn_core.text_file import NoText, called, text_of

CheckAddress = Callable[[str, Mapping[str, str]], Collection[str]]
"""Is given a page's file and its address, `run` being a run's id; returns a sentence for each thing that is wrong. Who
draws the pages knows all that can be set on them: see `pages.session.scene_address`."""

MOST_SCENES = 60
MOST_PARAGRAPHS = 12
FEWEST_CHOICES, MOST_CHOICES = 2, 8

MINUTES = Real("minutes", 0.25, 120.0, 1.0, "Minutes", "How long a scene takes.", 0.5)

LONGEST = {"title": 80, "say": 600, "text": 240, "choices": 80}
"""In characters: a talk's and a scene's title, a paragraph, a question, a choice."""

RESERVED = ("present", "talk", "scene", "notes", "hide")
"""Parameters that belong to whoever looks, and to no scene."""

_ID = re.compile(r"[a-z0-9-]{1,40}")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column (\d+)\)|\s*\(at end of document\)")
_SINGLE = re.compile(r"^[ \t]*\[scenes\]", re.MULTILINE)
_OF_TALK = ("title", "scenes")
_OF_SCENE = ("id", "page", "address", "title", "say", "ask", "minutes", "live")
_OF_QUESTION = ("text", "choices", "answer", "run", "in_place_of")
_OF_TWO_RUNS = "bias"
_NUMBERS = tuple(name for name, measure in MEASURES.items() if measure.kind != "choice" and name != _OF_TWO_RUNS)


def of_configuration(page: str, address: Mapping[str, str]) -> list[str]:
    """Return what is wrong with step and configuration; what else a page has is not known here."""
    fields = {name: value for name, value in address.items() if name in FIELD_BY_NAME}
    problems = [problem.sentence for problem in read(fields)[1]]
    step = Whole("step", 0, MOST_STEPS, 0, "Step", "Updates done.")
    try:
        step.parse(address.get("step", 0))
    except ValueError:
        problems.append(f"step must be {step.domain}, not {shown(address['step'])}.")
    return problems


def load_talk(file: Path, check: CheckAddress = of_configuration) -> Talk:
    """Return the talk that a file says.

    Raises:
        TalkProblem: it is none; the first thing that is wrong with it.
    """
    try:
        text = text_of(file, "talk")
        values = tomllib.loads(text)
    except NoText as problem:
        raise TalkProblem(str(problem)) from problem
    except tomllib.TOMLDecodeError as problem:
        if single := _SINGLE.search(text):
            number = str(text.count("\n", 0, single.start()) + 1)
            raise TalkProblem(
                f"{called(file.name)}, line {number}: [scenes] must be [[scenes]]: each scene begins so."
            ) from problem
        at = _AT_LINE.search(str(problem))
        number = at[1] if at is not None and at[1] else str(text.count("\n") + 1)
        what = _AT_LINE.sub("", str(problem)).rstrip(".")
        raise TalkProblem(
            f"{called(file.name)}, line {number}: this is not TOML ({what}): mend that line."
        ) from problem
    except (ValueError, RecursionError) as problem:
        raise TalkProblem(
            f"{called(file.name)}: a number in it is too long, or its brackets are nested too deep: write less of them."
        ) from problem
    return _Reader(file, lines.lines_of(text), check).talk(values)


@functools.cache
def run_ids() -> Mapping[str, str]:
    """Return the ids of the runs that come with the app, by the names that a talk calls them."""
    return {exhibit.key: exhibit.run_id for exhibit in exhibits()}


def address_of(scene: Scene) -> dict[str, str]:
    """Return the URL parameters of a scene's page, a recorded run by its id."""
    named = scene.address.get("run")
    return dict(scene.address) | ({} if named is None else {"run": run_ids()[named]})


def _identity(file: Path) -> str:
    """Return a file's name as addresses can have it."""
    letters = unicodedata.normalize("NFKD", file.stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:40] or "talk"


class _Reader:
    """The values of one file, each checked when it is taken."""

    def __init__(self, file: Path, found: Mapping[lines.Path, int], check: CheckAddress) -> None:
        self._file, self._lines, self._check = file, found, check
        self._runs = run_ids()

    def talk(self, values: dict[str, Any]) -> Talk:
        self._known((), values, _OF_TALK, required=_OF_TALK)
        scenes = values["scenes"]
        if not isinstance(scenes, list) or not scenes or not all(isinstance(scene, dict) for scene in scenes):
            raise self._problem(("scenes",), "scenes must be tables: begin each by [[scenes]]")
        if len(scenes) > MOST_SCENES:
            raise self._problem(("scenes", MOST_SCENES), f"there are {len(scenes)} scenes: keep {MOST_SCENES} at most")
        read = [self._scene(("scenes", place), scene) for place, scene in enumerate(scenes)]
        for place, scene in enumerate(read):
            if any(scene.id == earlier.id for earlier in read[:place]):
                raise self._problem(("scenes", place, "id"), f"two scenes have the id {scene.id}: give one another")
        return Talk(_identity(self._file), self._text((), values, "title"), tuple(read))

    def _scene(self, path: lines.Path, values: dict[str, Any]) -> Scene:
        self._known(path, values, _OF_SCENE, required=("id", "page", "title", "minutes"))
        name = values["id"]
        if not isinstance(name, str) or not _ID.fullmatch(name):
            raise self._problem(
                (*path, "id"), f"{shown(name)} is no id: write 1 to 40 small letters, digits and hyphens in quotes"
            )
        page = values["page"]
        if not isinstance(page, str) or not re.fullmatch("[a-z_]{1,40}", page):
            raise self._problem(
                (*path, "page"), f"{shown(page)} is no page: write its address's name, such as one_batch"
            )
        live = values.get("live", False)
        if not isinstance(live, bool):
            raise self._problem((*path, "live"), f"live must be true or false, not {shown(live)}: write one of them")
        address = self._address(path, page, values.get("address", {}))
        if live and (page != "train" or "run" in address):
            raise self._problem((*path, "live"), "a live scene trains: give it the page train, and no run")
        ask = values.get("ask")
        return Scene(
            name,
            page,
            self._text(path, values, "title"),
            self._minutes((*path, "minutes"), values["minutes"]),
            address,
            self._say((*path, "say"), values.get("say", [])),
            None if ask is None else self._question((*path, "ask"), ask, page, address.get("run")),
            live,
        )

    def _address(self, path: lines.Path, page: str, values: object) -> dict[str, str]:
        path = (*path, "address")
        if not isinstance(values, dict):
            raise self._problem(path, 'address must be a table: write it as { step = 100, view = "heat" }')
        address: dict[str, str] = {}
        for name, value in values.items():
            if name in RESERVED:
                raise self._problem((*path, name), f"{name} belongs to whoever looks, and to no scene: leave it out")
            if not isinstance(value, str | int | float):
                raise self._problem((*path, name), f"{shown(name)} must be a text, a number, true or false: write one")
            address[name] = url_text(value)
        if wrong := self._check(page, {}):
            raise self._problem((*path[:-1], "page"), f"{_joined(wrong)}: name another")
        # One by one, for the line of what is wrong; then together.
        each = [((*path, name), {name: value}) for name, value in address.items()]
        for place, some in (*each, (path, address)):
            if wrong := self._check(page, self._with_id(path, some)):
                raise self._problem(place, f"{_joined(wrong)}: change it, or leave it out")
        return address

    def _with_id(self, path: lines.Path, address: Mapping[str, str]) -> dict[str, str]:
        if "run" not in address:
            return dict(address)
        return dict(address) | {"run": self._runs[self._run((*path, "run"), address["run"])]}

    def _run(self, path: lines.Path, named: object) -> str:
        if not isinstance(named, str) or named not in self._runs:
            names = ", ".join(exhibit.key for exhibit in exhibits() if exhibit.config.seed == 0)
            raise self._problem(
                path, f"{shown(named)} is no recorded run: name one of {names}, with -seed-1 behind it for another seed"
            )
        return named

    def _question(self, path: lines.Path, values: object, page: str, run: str | None) -> Question:
        if not isinstance(values, dict):
            raise self._problem(path, "ask must be a table: begin it by [scenes.ask]")
        self._known(path, values, _OF_QUESTION, required=("text",))
        text, in_place_of = self._text(path, values, "text"), values.get("in_place_of")
        if in_place_of is not None and in_place_of != OWN_QUESTIONS.get(page):
            own = ", ".join(f"{question} (on {at})" for at, question in OWN_QUESTIONS.items())
            raise self._problem(
                (*path, "in_place_of"),
                f"{shown(in_place_of)} is no question of the page {page}: name {own}, or leave it out",
            )
        if "choices" in values:
            choices = self._choices((*path, "choices"), values["choices"])
            right = self._right_choice(path, values, len(choices))
            return Question(text, "choice", choices, right, in_place_of=in_place_of)
        measure = values.get("answer")
        if measure is None:
            self._no_run(path, values)
            return Question(text, "number", in_place_of=in_place_of)
        if not isinstance(measure, str) or measure not in _NUMBERS:
            raise self._problem(
                (*path, "answer"),
                f"{shown(measure)} works no number out: name one of {', '.join(_NUMBERS)}, or add choices",
            )
        if "run" not in values and run is None:
            raise self._problem((*path, "answer"), f"{measure} is worked out from a run: add run = with a recorded one")
        of = self._run((*path, "run"), values.get("run", run))
        if measured(measure, of) is None:
            raise self._problem((*path, "answer"), f"{measure} cannot be worked out from {of}: name another run")
        return Question(text, "number", answer=measure, run=of, in_place_of=in_place_of)

    def _choices(self, path: lines.Path, values: object) -> tuple[str, ...]:
        if not isinstance(values, list) or not FEWEST_CHOICES <= len(values) <= MOST_CHOICES:
            raise self._problem(
                path, f"a choice is from {FEWEST_CHOICES} to {MOST_CHOICES} texts: list so many, or leave choices out"
            )
        choices = tuple(self._checked(path, "choices", value) for value in values)
        if len(set(choices)) < len(choices):
            raise self._problem(path, "two choices are the same: change one")
        return choices

    def _right_choice(self, path: lines.Path, values: dict[str, Any], count: int) -> str | None:
        self._no_run(path, values)
        right = values.get("answer")
        if right is None:
            return None
        if isinstance(right, bool) or not isinstance(right, int) or not 1 <= right <= count:
            raise self._problem(
                (*path, "answer"),
                f"{shown(right)} is none of the choices: write the right one's number, 1 to {count}, or leave it out",
            )
        return str(right - 1)

    def _no_run(self, path: lines.Path, values: dict[str, Any]) -> None:
        if "run" in values:
            raise self._problem((*path, "run"), "run says what a number is worked out from: leave it out here")

    def _say(self, path: lines.Path, values: object) -> tuple[str, ...]:
        if not isinstance(values, list) or len(values) > MOST_PARAGRAPHS:
            raise self._problem(path, f"say must be a list of texts, {MOST_PARAGRAPHS} at most: write it in brackets")
        return tuple(self._checked(path, "say", value) for value in values)

    def _minutes(self, path: lines.Path, value: object) -> float:
        # A text that says a number is refused, too: a file has numbers of its own.
        if isinstance(value, int | float):
            try:
                return MINUTES.parse(value)
            except ValueError:
                pass
        raise self._problem(path, f"minutes must be {MINUTES.domain}, not {shown(value)}: write such a number")

    def _text(self, path: lines.Path, values: dict[str, Any], key: str) -> str:
        return self._checked((*path, key), key, values[key])

    def _checked(self, path: lines.Path, key: str, value: object) -> str:
        if not isinstance(value, str):
            raise self._problem(path, f"{key} must be a text, not {shown(value)}: write it in quotes")
        if not value.strip():
            raise self._problem(path, f"{key} has an empty text: write what it is to say")
        text = " ".join(value.split())
        if len(text) > LONGEST[key]:
            raise self._problem(path, f"{key} has {len(text)} characters: shorten it to {LONGEST[key]}")
        if not text.isprintable():
            raise self._problem(path, f"{key} has a character that cannot be seen: take it out")
        return text

    def _known(
        self, path: lines.Path, values: dict[str, Any], known: Collection[str], required: Collection[str]
    ) -> None:
        for name in values:
            if name not in known:
                raise self._problem((*path, name), f"there is no key {shown(name)} here: use {', '.join(known)}")
        for name in required:
            if name not in values:
                raise self._problem(path, f"the key {name} is missing: add it")

    def _problem(self, path: lines.Path, what: str) -> TalkProblem:
        of = f"scene {path[1] + 1}: " if len(path) > 1 and isinstance(path[1], int) else ""
        return TalkProblem(f"{called(self._file.name)}, line {lines.line(self._lines, path)}: {of}{what.rstrip('.')}.")


def _joined(sentences: Collection[str]) -> str:
    """Return several sentences as parts of one."""
    return "; ".join(sentence.rstrip(".") for sentence in sentences)
