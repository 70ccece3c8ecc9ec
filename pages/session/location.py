"""What an address of the app says, and how it is written. Pure functions.

?placement=after&bias=true ...   the configuration in the controls: the fields that differ from the defaults
&run=k3v9...                     the run on the page, on those that show one
&step=400                        the step to look at, on pages that have a choice of steps
&present=1                       presenter mode
&hide=train,guess                controls that are left out: see `hiding`
&talk=3f9a0c11d2                 the talk that is followed: see `pages.following`
&scene=guess                     the scene of it that the page shows; none where the person looks at something else
&notes=1                         the presenter's notes
&layer=7 ...                     what else is set on the page: see `settings`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bn_core import config as configuration
from bn_core.config import FIELD_BY_NAME, TrainingConfig, Whole, shown, url_text
from bn_core.protocol import MOST_STEPS
from pages.session import hiding, settings
from pages.words.prose import prose

STEP = Whole("step", 0, MOST_STEPS, 0, "Step", "Updates done.")

TRACKING = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|hsa|gad|fb|at)_\w*|_ga|_gl|_hs\w+|__hs\w+|_openstat|\w*clid|msclkid|gbraid|wbraid|srsltid"
    r"|mc_[ct]?[a-z]*id|mkt_tok|ml_subscriber\w*|oly_\w+|vero_\w+|s_cid|cmpid|spm|si|igsh(?:id)?|li_fat_id|trk|rdt_cid"
    r"|epik|ref|ref_\w+|referrer|share_?id|feature|embed|embed_options",
    re.IGNORECASE,
)
"""What mail, chats, social networks and Streamlit itself add to a link on their own account: it is passed over."""

SENTENCES_SHOWN = 6
"""How many sentences on one address are shown at most."""


@dataclass(frozen=True)
class Location:
    """What an address says.

    Attributes:
        config: the configuration, with the default for every field that is missing or wrong.
        configured: whether the address names any field of a configuration.
        run: a run's id as given; it may be malformed, or no run's.
        step: updates done; None where the address names none.
        present: presenter mode.
        settings: what else the address sets on its page, by name; what is not there is the default.
        problems: one sentence for each value that cannot be used.
        hide: the names of the controls that are left out, each once.
        talk: the id of the talk that is followed; scene: the id of its scene; both as given, they may be none's.
        notes: whether the presenter's notes are wanted, in place of a page.
    """

    config: TrainingConfig
    configured: bool = False
    run: str | None = None
    step: int | None = None
    present: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    talk: str | None = None
    scene: str | None = None
    notes: bool = False

    @property
    def silent(self) -> bool:
        """Whether it says nothing of what is on the page, right or wrong: no configuration, run, step or setting. A
        scene says all of it."""
        named = (self.run, self.step, self.scene)
        return not (self.configured or self.settings or self.problems or any(value is not None for value in named))


def parse(parameters: Mapping[str, str], default: TrainingConfig, page: str | None = None) -> Location:
    """Return what these URL parameters say. Never raises: what cannot be used becomes a sentence and a default.

    Args:
        default: the configuration of an address that names no data set; its other fields are the fields' defaults.
        page: whose address it is, by its file; None for one that has no settings.
    """
    text = prose("app")
    set_there = settings.read(page, parameters)
    values = dict(set_there.left)
    problems: list[str] = []
    with_run = page not in settings.WITHOUT_RUN
    run = (values.pop("run", None) or None) if with_run else None
    present = values.pop("present", None)
    if present not in (None, "0", "1"):
        problems.append(text("address.present", value=shown(present)))
    hide, strange = hiding.read(values.pop("hide", ""))
    if strange:
        names = ", ".join(hiding.HIDEABLE)
        problems.append(text("address.hide", names=names, value=shown(", ".join(strange))))
    talk, scene = (values.pop(name, None) or None for name in ("talk", "scene"))
    talk = talk and talk.lower()  # people type it
    if (notes := values.pop("notes", None)) not in (None, "0", "1"):
        problems.append(text("address.notes", value=shown(notes)))
    step = None
    if with_run and (written := values.pop("step", None)) is not None:
        try:
            step = STEP.parse(written)
        except ValueError:
            problems.append(text("address.step", domain=STEP.domain, value=shown(written)))
    known = {name: value for name, value in values.items() if name in FIELD_BY_NAME}
    unknown = (name for name in sorted(values.keys() - known.keys()) if not TRACKING.fullmatch(name))
    problems += (text("address.unknown", name=shown(name)) for name in unknown)
    config, wrong = configuration.read({"dataset": default.dataset, **known})
    if any(problem.field == "dataset" for problem in wrong):
        config = replace(config, dataset=default.dataset)
    problems = [problem.sentence for problem in wrong] + problems
    problems += (
        text("address.setting", name=setting.name, domain=setting.reads.domain, value=shown(value))
        for setting, value in set_there.wrong
    )
    if len(problems) > SENTENCES_SHOWN:
        more = len(problems) - SENTENCES_SHOWN + 1
        problems = [*problems[: SENTENCES_SHOWN - 1], text("address.more", count=more)]
    return Location(
        config,
        bool(known),
        run,
        step,
        present == "1",
        set_there.values,
        tuple(problems),
        hide,
        talk,
        scene if talk is not None else None,
        notes == "1",
    )


def parameters(location: Location, default: TrainingConfig, page: str | None = None) -> dict[str, str]:
    """Return the URL parameters that `parse` reads back as this location, with the same default and page.

    An address that names a run and no field of a configuration stands for the run's own configuration: so the fields
    are left out where `configured` is false and there is a run, and else one is named at least.
    """
    values: dict[str, str] = {}
    if page not in settings.WITHOUT_CONFIG and (location.configured or location.run is None):
        values = location.config.to_url()
        if location.config.dataset != default.dataset:
            values["dataset"] = location.config.dataset
        if location.run is not None:
            values["placement"] = location.config.placement
    of_run = {} if page in settings.WITHOUT_RUN else {"run": location.run, "step": location.step}
    others: dict[str, object] = of_run | settings.written(page, location.settings)
    others["present"] = 1 if location.present else None
    others["hide"] = ",".join(location.hide) or None
    others |= {"talk": location.talk, "scene": location.scene, "notes": 1 if location.notes else None}
    return values | {name: url_text(value) for name, value in others.items() if value is not None}
