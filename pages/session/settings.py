"""What a person can set on a page that is no field of a training configuration: one table, read both ways.

Each entry says on which page, by which name in the address, which values are read, and which one is left out of the
address. All of them live in one place: the settings of the page's `Location`, which `Session.places` keeps, and which
`pages.session.url_state` writes into the address. A page reads and changes one by `pages.session.setting`.

An entry without a default is one that the page chooses where nobody did, from the run or the channel that it shows; so
is one whose value the run on the page does not have. `run`, `step` and `present` are on most pages: see `location`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bn_core.batch_norm.walkthrough import STAGES
from bn_core.config import Choice, Field, Real, Switch, TrainingConfig, Whole
from bn_core.protocol import ONE_BY_ONE_IMAGES
from bn_core.questions.questions import MOST_BATCHES, Company
from bn_core.sweeps.line import FORM, PAIRS_FORM, TITLE_FORM
from bn_core.sweeps.measures import MEASURES
from bn_core.sweeps.reading import LONGEST_TITLE

NETWORK = TrainingConfig().architecture

LAYERS = NETWORK.numbers[-1]

WIDEST = max(NETWORK.layer_channels)

REACH = 1000.0
"""What a chosen gamma or beta may be at most, either way; the page may have a shorter slider."""

LARGEST_BIAS = 1e6

COMPANIES: tuple[Company, ...] = ("mixed", "same class", "blank", "alone")
"""What can share the batch with an image, in the order in which it is offered."""

ROUNDS = 999_999
"""How many rounds the quiz has: each is drawn by its number."""

LONGEST_TERM = 60
"""How many characters can be searched for in the glossary."""

LONGEST_SEARCH = 60
"""How many characters can be searched for in a list of runs."""

MOST_PAGES = 9999
"""How many pages a list of runs has at most."""

RUNS = "none|[a-z0-9]{6,20}(?:,[a-z0-9]{6,20}){0,63}"
"""How several runs are named: by their ids, or that there is none."""


@dataclass(frozen=True)
class Text:
    """A setting that is a short text of a certain form, `domain` in words."""

    name: str
    form: str
    domain: str

    def parse(self, value: object) -> str:
        if isinstance(value, str) and re.fullmatch(self.form, value):
            return value
        raise ValueError


@dataclass(frozen=True)
class Setting:
    """One thing that can be set on a page.

    Attributes:
        reads: its name in the address, and the values that are read; `reads.parse` raises ValueError for others.
        default: the value that is not written into the address; None where the page chooses one.
    """

    reads: Field | Text
    default: Any = None

    @property
    def name(self) -> str:
        """In the address."""
        return self.reads.name


def _choice(name: str, *values: str) -> Setting:
    return Setting(Choice(name, values, values[0], "", ""), values[0])


def _open_choice(name: str, *values: str) -> Setting:
    """A choice of which the page decides the first value."""
    return Setting(Choice(name, values, values[0], "", ""))


def _switch(name: str) -> Setting:
    return Setting(Switch(name, "", ""), default=False)


def _whole(name: str, low: int, high: int, default: int | None = None) -> Setting:
    return Setting(Whole(name, low, high, low, "", ""), default)


def _real(name: str, low: float, high: float, default: float | None = None) -> Setting:
    return Setting(Real(name, low, high, low, "", "", 0.0), default)


def _text(name: str, form: str, domain: str, default: str | None = None) -> Setting:
    return Setting(Text(name, form, domain), default)


SETTINGS: dict[str, tuple[Setting, ...]] = {
    "race": (_choice("score", "batch", "moving"),),
    "one_batch": (
        _whole("layer", 1, LAYERS, 15),
        _whole("channel", 1, WIDEST),
        _whole("images", 1, 64, 8),
        _choice("order", *STAGES),
        _choice("normalize", "batch", "moving"),
        _real("gamma", -REACH, REACH),
        _real("beta", -REACH, REACH),
        _real("add_epsilon", 1e-8, 1.0),
        _real("add_bias", -LARGEST_BIAS, LARGEST_BIAS, 0.0),
        _choice("at", "all", *STAGES["before"]),
        _whole("image", 1, 8, 1),
    ),
    "train": (),
    "layers": (
        _text("second", "[a-z0-9]{6,20}", "the id of a run"),
        _open_choice("place", "linear", "bn", "relu"),
        _choice("view", "ridges", "heat"),
        # Deep, and the last whose maps are larger than one pixel.
        _whole("layer", 1, LAYERS, 14),
        _whole("channel", 1, 3, 2),
    ),
    "population": (
        _choice("statistic", "variance", "mean"),
        _choice("course", "own", "chosen"),
        # The one whose variance lags most with the notebook's network.
        _whole("layer", 1, LAYERS, 1),
        _choice("channels", "all", "one"),
        _whole("channel", 1, WIDEST, 1),
        _real("decay", 0.0, 0.9999),
        _switch("debias"),
        _whole("recalibrate", 1, MOST_BATCHES),
    ),
    "one_image": (
        _whole("image", 0, ONE_BY_ONE_IMAGES - 1, 0),
        _choice("company", *COMPANIES),
        _choice("measure", "logit", "sigmoid"),
        _choice("score", "batch", "moving", "recalibrated"),
    ),
    "break_it": (
        _choice("mode", "look", "guess"),
        _whole("round", 1, ROUNDS),
        _whole("question", 1, 20, 1),
        _text("answers", "[1-9]{1,20}", "the numbers of the answers that were given, one digit each"),
    ),
    "compare": (
        _choice("part", "runs", "sweeps"),
        _text("runs", RUNS, "the ids of runs, separated by commas, or none"),
        _choice("score", "training", "moving", "recalibrated"),
        _choice("sort", "newest", "name", "test", "pace"),
        _choice("whose", "all", "mine", "shared", "recorded", "live"),
        _text("find", f".{{0,{LONGEST_SEARCH}}}", f"at most {LONGEST_SEARCH} characters", ""),
        _whole("page", 1, MOST_PAGES, 1),
        _choice("place", "linear", "bn", "relu"),
        # As on the page Inside the layers: deep, and the last whose maps are larger than one pixel.
        _whole("layer", 1, LAYERS, 14),
        _switch("drift"),
        _text("sweep", "[a-z0-9-]{1,40}", "the id of a sweep, or the name of one that comes with the app"),
        _text("plan", FORM, "lists of values, as placement:none,before;seed:0-4"),
        _text("pairs", PAIRS_FORM, "pairs of configurations by number, as 1-2.1-3, or none"),
        _text("title", TITLE_FORM, f"at most {LONGEST_TITLE} characters that can be printed"),
        _choice("measure", *MEASURES),
        _text("over", "arms|[a-z_]{1,20}", "arms or a field of which several numbers are trained"),
        _real("tell", 0.01, 1000.0),
    ),
    "source": (_choice("view", "marked", "whole"),),
    "notebook": (_choice("level", "layer", "by-hand"),),
    "exercises": (_whole("exercise", 1, 99),),
    "glossary": (_text("term", f".{{0,{LONGEST_TERM}}}", f"at most {LONGEST_TERM} characters", ""),),
    "about": (),
    "teach": (),
    "handout": (),
}
"""By the page's file: every page of the app."""


WITHOUT_CONFIG = ("race", "compare", "exercises", "teach", "handout", "glossary", "about")
"""The pages that show no configuration, so that their addresses name none: one that does means the page Train."""


CHOOSE_A_RUN = ("layers", "population", "one_image")
"""The pages that look into a run, and choose one where nobody did."""

WITHOUT_RUN = ("exercises", "teach", "handout", "glossary", "about")
"""The pages whose addresses name neither a run nor a step."""


@dataclass(frozen=True)
class Read:
    """What was read of an address.

    Attributes:
        values: those that can be used, by name.
        wrong: the setting and the text of each that cannot.
        left: what the page has no setting for.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    wrong: tuple[tuple[Setting, str], ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)


def of(page: str | None) -> dict[str, Setting]:
    """Return a page's settings by name; none for a page that is not in the table."""
    return {setting.name: setting for setting in SETTINGS.get(page or "", ())}


def read(page: str | None, parameters: Mapping[str, str]) -> Read:
    """Return what these URL parameters say of a page's settings. Never raises."""
    known = of(page)
    values: dict[str, Any] = {}
    wrong = []
    for name in known.keys() & parameters.keys():
        try:
            values[name] = known[name].reads.parse(parameters[name])
        except (ValueError, TypeError, OverflowError):
            wrong.append((known[name], parameters[name]))
    left = {name: text for name, text in parameters.items() if name not in known}
    return Read(values, tuple(sorted(wrong, key=lambda one: one[0].name)), left)


def written(page: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a page's settings that its address names, in the table's order: the others are the default."""
    return {
        name: values[name]
        for name, setting in of(page).items()
        if name in values and values[name] is not None and values[name] != setting.default
    }
