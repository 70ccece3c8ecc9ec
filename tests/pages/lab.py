"""The app on a store of its own, filled with events as training says them, and without an engine."""

from __future__ import annotations

import ast
import json
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from bn_core.config import TrainingConfig
from bn_core.protocol import is_scheduled
from bn_core.runs.records import EngineStatus, owner_hash
from bn_core.runs.store import Store
from bn_core.training.events import (
    Checked,
    Evaluated,
    Event,
    Failed,
    RecordedEvent,
    RunStarted,
    Score,
    Scored,
    Step,
    Stopped,
)
from pages.session.location import Location
from pages.session.session import Kept, Session, key_of

APP = Path(__file__).parents[2] / "app.py"
ME = "the-browser-of-this-test"
SOMEBODY = "the-browser-of-another-person"

EXPLAINED = re.compile(
    r"<span class='term'[^>]*>([^<]*)<span hidden><span aria-hidden='true'>[^<]*</span>"
    r" <a [^>]*>[^<]*</a></span></span>"
)
"""A term as `pages.parts.glossary` writes it where it is explained."""


def names() -> tuple[str, ...]:
    """Return the pages of the navigation, by their files; the home page first."""
    (pages,) = re.findall(r"^PAGES = (\{.*?^\})$", APP.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return tuple(name for group in ast.literal_eval(pages).values() for name in group)


class Lab:
    """A home folder with a store, and the app on it."""

    def __init__(self, home: Path) -> None:
        self.store = Store.open(home)

    def engine(self, state: str = "ready", message: str = "", *, age: float = 0.0) -> None:
        """What the engine says of itself, `age` seconds ago."""
        self.store.set_engine(EngineStatus(state, message, workers=2, heartbeat=time.time() - age))

    def run(self, *, owner: str = ME, status: str = "running", steps: int = 60, **fields: object) -> str:
        """A run with what is recorded of it after so many batches, in this state. Its id."""
        config = TrainingConfig.of({"batches": 120} | fields)
        run_id = self.store.add_run(config, owner_hash(owner))
        self.store.take_requests()
        if status == "queued":
            return run_id
        self.store.set_status(run_id, "compiling", worker="one")
        if status == "compiling":
            return run_id
        self.store.set_status(run_id, "running", worker="one")
        steps = config.batches if status == "finished" else steps
        self.record(run_id, config, 0, steps)
        ends: dict[str, Event] = {
            "finished": scored(config),
            "failed": Failed(steps + 1, "The loss is not a number.", "layer 7 (convolution)"),
            "stopped": Stopped(steps),
        }
        if status in ends:
            self.store.append(run_id, [RecordedEvent.of(ends[status])])
        if status != "running":
            message = {"failed": "The loss is not a number.", "interrupted": "The app ended. You can resume this run."}
            self.store.set_status(run_id, status, message=message.get(status))
        return run_id

    def record(self, run_id: str, config: TrainingConfig, first: int, last: int) -> None:
        """The events after batch `first` up to batch `last`."""
        self.store.append(run_id, [RecordedEvent.of(event) for event in told(config, first, last)])

    def home(self, *, browser: str | None = ME, **parameters: str) -> AppTest:
        """The app at this address without a page's name, after its first run."""
        page = AppTest.from_file(str(APP), default_timeout=30)
        if browser is not None:
            kept(page, Session).browser_id = browser
        return at(page, parameters)

    def page(self, file: str = "train", *, browser: str | None = ME, **parameters: str) -> AppTest:
        """The page in this file of `pages` at this address, entered by the home page as AppTest has to."""
        return at(self.home(browser=browser).switch_page(f"pages/{file}.py"), parameters)


def kept(page: AppTest, kind: type[Kept]) -> Kept:
    """What the page's tab keeps in its object of this class: see `pages.session.session`."""
    if key_of(kind) not in page.session_state:
        page.session_state[key_of(kind)] = kind()
    return page.session_state[key_of(kind)]


def at(page: AppTest, parameters: dict[str, str]) -> AppTest:
    """The page after it ran with these URL parameters."""
    for name, value in parameters.items():
        page.query_params[name] = value
    return page.run()


def told(config: TrainingConfig, first: int, last: int) -> list[Event]:
    """What a training says from batch `first` to batch `last`: moving statistics that lag behind the weights."""
    events: list[Event] = []
    if first == 0:
        events.append(RunStarted(0, config.to_json(), config.dataset, "0" * 64, 55_000, {"tensorflow": "2"}))
        events.append(_evaluated(config, 0))
    for step in range(first + 1, last + 1):
        able = _able(config, step)
        events.append(Step(step, 0.9 - 0.8 * able, able, 20.0))
        if (step - 1) % 25 == 0:
            images = "validation" if (step - 1) % 100 == 0 else "training"
            events.append(Checked(step, step - 1, images, Score(0.4, _lagging(config, step)), 5.0))
        if is_scheduled(step, config.batches) or step % 25 == 0:
            events.append(_evaluated(config, step))
    return events


def scored(config: TrainingConfig) -> Scored:
    """How a training ends: a network that answers well with BN, and one that answers 4 to everything without."""
    labels = np.arange(100, dtype=np.uint8) % 10
    if not config.normalized:
        confusion = np.zeros((10, 10), dtype=np.int64)
        confusion[:, 4] = 50
        answers = np.full(100, 4, dtype=np.uint8)
        return Scored(
            config.batches,
            Score(0.325, 0.1),
            Score(0.325, 0.1),
            0.1,
            None,
            confusion,
            confusion,
            labels,
            answers,
            None,
            90.0,
        )
    confusion = np.diag(np.full(10, 97))
    confusion[4, 9] = 20
    confusion[9, 4] = 10
    accuracy = confusion.trace() / confusion.sum()
    answers = labels.copy()
    answers[:4] += 1
    ones = np.ones(100, dtype=np.uint8)
    score = Score(0.03, float(accuracy))
    return Scored(config.batches, score, score, 0.96, 0.1, confusion, confusion, labels, answers, ones, 90.0)


def _able(config: TrainingConfig, step: int) -> float:
    return 0.1 if not config.normalized else 0.1 + 0.85 * (1 - float(np.exp(-step / 25)))


def _lagging(config: TrainingConfig, step: int) -> float:
    return 0.1 if not config.normalized or step < 90 else 0.9


def _evaluated(config: TrainingConfig, step: int) -> Evaluated:
    moving = Score(0.4, _lagging(config, step))
    if not config.normalized or not is_scheduled(step, config.batches):
        return Evaluated(step, 250, moving, None, None, 12.0)
    return Evaluated(step, 250, moving, Score(0.3, _able(config, step) - 0.02), Score(0.3, _able(config, step)), 40.0)


def text_of(page: AppTest) -> str:
    """Everything that the page says in words, without the marks of Markdown and of explained terms."""
    kinds = ("title", "markdown", "caption", "warning", "error", "info", "code", "text")
    said = [element.value for kind in kinds for element in getattr(page, kind)]
    for element in page.get("bidi_component"):
        if element.proto.id.endswith("-progress"):
            said += [f"{value}" for value in json.loads(element.proto.json).values()]
    return EXPLAINED.sub(r"\1", "\n".join(said).replace("\\", "").replace("\u00a0", " "))


def wording(text: str) -> str:
    """The longest part of a text of the prose in which nothing is computed: it can be looked for on a page."""
    return max(re.split(r"\{[^}]*\}", text), key=len).strip()


def control(page: AppTest, name: str):
    """The control of this page's setting: see `pages.session.setting`."""
    key = f"{kept(page, Session).page.replace('_', '-')}-{name}-"
    kinds = (page.segmented_control, page.select_slider, page.slider, page.number_input, page.selectbox, page.toggle)
    found = [each for kind in (*kinds, page.radio) for each in kind if (each.key or "").startswith(key)]
    # Some names are the beginning of others: this one has no more words before its number or its run.
    return min(found, key=lambda each: len(each.key))


def shown(page: AppTest) -> Location:
    """What the page shows, as its session has it."""
    now = kept(page, Session)
    return now.places[now.page]


def set_elsewhere(page: AppTest, **settings: object) -> AppTest:
    """The page, of which something else than a control makes these settings; it is to be run."""
    place = shown(page)
    kept(page, Session).places[kept(page, Session).page] = replace(place, settings={**place.settings, **settings})
    return page


def data_of(page: AppTest, key: str) -> dict:
    """What was sent to the component with this key."""
    for element in page.get("bidi_component"):
        if element.proto.id.endswith(f"-{key}"):
            return json.loads(element.proto.json)
    raise AssertionError(f"no component {key}")
