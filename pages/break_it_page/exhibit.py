"""One mistake on show: its curves and final lines beside a healthy run's, its fingerprint, its code, and the reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from bn_core.chart_tables.curves import MEAN_OVER
from bn_core.config import TrainingConfig
from bn_core.data.catalogue import default_dataset
from bn_core.exhibits import Library, Member
from bn_core.exhibits.catalogue import HEALTHY
from bn_core.exhibits.fingerprints import Finding, Reading, fingerprint
from bn_core.names import VALUES
from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.notebook_lines import final_lines
from pages.break_it_page import words
from pages.break_it_page.charts import curve_points, curves_spec
from pages.break_it_page.choice import Chosen
from pages.break_it_page.excerpt import excerpt, level
from pages.break_it_page.quiz import over_seeds
from pages.break_it_page.words import TEXT, place
from pages.code_page.listing import Sign, listing
from pages.parts import glossary
from pages.parts.chart import fitted
from pages.parts.stacks import stack
from pages.session import url_state
from pages.words import captions
from pages.words.plain_text import plain
from pages.words.prose import listed

COMPANIONS = {
    "learning-rate-x15": "learning-rate-x15-none",
    "learning-rate-x15-none": "learning-rate-x15",
}
"""Mistakes that say more beside each other."""


@dataclass(frozen=True)
class Shown:
    """A run on the page."""

    run: RunRecord
    history: RunHistory

    @classmethod
    def recorded(cls, library: Library, member: Member | None) -> Shown | None:
        """A recorded run; None for none."""
        return None if member is None else cls(member.record, library.history(member.record.id))

    @property
    def config(self) -> TrainingConfig:
        """Of the run."""
        return self.run.config

    @property
    def numbers(self) -> words.Numbers:
        """What it measured."""
        return words.numbers(self.history, self.config)


def exhibit(service: RunService, library: Library, chosen: Chosen, scale: float) -> None:
    """Draw the mistake, from the run that was chosen and the recorded healthy one with its seed."""
    key = chosen.key
    wrong = None if chosen.run is None else Shown(chosen.run, service.history(chosen.run.id))
    healthy = healthy_run(library, chosen.seed)
    glossary.write(TEXT(f"{place(key)}.summary"))
    if wrong is None:
        st.info(TEXT("not-recorded"))
    else:
        _curves(wrong, healthy, scale)
        _sentence(library, key, wrong, healthy)
    _code(key, chosen.config)
    left, right = stack("why", 2, "large")
    with left:
        st.markdown(f"### {TEXT('why.heading')}")
        glossary.write(why(library, key, wrong, healthy))
        _cases(key)
    with right:
        if wrong is not None and not wrong.run.active:
            _fingerprint(library, key, wrong, healthy)
        _links(chosen)


def healthy_run(library: Library, seed: int) -> Shown | None:
    """The recorded run without a mistake and with this seed, or else with seed 0."""
    return Shown.recorded(library, library.find(HEALTHY, seed) or library.find(HEALTHY))


def curves(shown: Shown, name: str, title: str, scale: float) -> None:
    """The accuracies of a run over its batches, and its three final lines, or why there are none.

    Args:
        name: of the chart, unique on the page.
    """
    config, history = shown.config, shown.history
    suffix = "" if config.normalized else "-none"
    end = TEXT(f"chart.end{suffix}", run=shown.numbers)
    spec = curves_spec(config.placement, config.bias, config.batches, title, scale)
    alt = TEXT("chart.alt", title=title, batches=config.batches, kinds=TEXT(f"chart.kinds{suffix}"), end=end)
    with fitted(name, spec) as height:
        st.vega_lite_chart(curve_points(history), spec, alt=alt, height=height)
    if history.scored is not None:
        st.code("\n".join(final_lines(history.scored)), language=None)
    elif history.failed is not None:
        st.markdown(plain(TEXT("failed", step=history.failed.step, cause=history.failed.cause)))


def sentence(key: str, wrong: Shown, healthy: Shown | None) -> str:
    """The fingerprint of a mistake with the numbers of a run that makes it."""
    return _filled(f"{place(key)}.sentence", wrong, healthy)


def why(library: Library, key: str, wrong: Shown | None, healthy: Shown | None) -> str:
    """Why a mistake does what it does, with the numbers of a run that makes it and of the healthy one's layers."""
    inside = library.find(HEALTHY)
    variances = words.Numbers()
    if inside is not None:
        variances = words.variances(library.statistics(inside.record.id), inside.record.config)
    return _filled(f"{place(key)}.why", wrong, healthy, healthy_variances=variances)


def _filled(text: str, wrong: Shown | None, healthy: Shown | None, **more: words.Numbers) -> str:
    run, beside = (words.Numbers() if shown is None else shown.numbers for shown in (wrong, healthy))
    return TEXT(text, run=run, healthy=beside, **more)


def _curves(wrong: Shown, healthy: Shown | None, scale: float) -> None:
    left, right = stack("curves", 2, "medium")
    with left:
        curves(wrong, "wrong", TEXT("chart.wrong"), scale)
    if healthy is not None:
        with right:
            curves(healthy, "healthy", _healthy_title(wrong, healthy), scale)


def _healthy_title(wrong: Shown, healthy: Shown) -> str:
    config = healthy.config
    if config.placement == wrong.config.placement:
        return TEXT("chart.right")
    network = VALUES["placement"][config.placement].short
    return TEXT("chart.right-other", network=network, rate=config.learning_rate)


def _sentence(library: Library, key: str, wrong: Shown, healthy: Shown | None) -> None:
    if wrong.history.scored is None:
        st.markdown(TEXT("not-finished") if wrong.run.active else "")
        return
    holds = fingerprint(key).read(wrong.history).holds
    said = [sentence(key, wrong, healthy) if holds else TEXT("fingerprint.unproven")]
    said.append(companion(library, key, wrong.config.seed))
    glossary.write(" ".join(filter(None, said)))
    st.caption(plain(_source(wrong, healthy)))


def companion(library: Library, key: str, seed: int) -> str:
    """What the same mistake does in the network beside this one; an empty text where there is none."""
    other = library.find(COMPANIONS[key], seed) if key in COMPANIONS else None
    shown = Shown.recorded(library, other)
    return "" if shown is None else _filled(f"{place(key)}.companion", shown, None)


def _source(wrong: Shown, healthy: Shown | None) -> str:
    parts = []
    for shown in filter(None, (wrong, healthy)):
        network, training = captions.variant(shown.config), captions.training(shown.config)
        parts.append(TEXT("chart.source", run=shown.run.id, network=network, training=training))
    images = wrong.history.evaluations[-1].images
    return ". ".join([*parts, TEXT("chart.axes", images=images, mean=MEAN_OVER)])


def _fingerprint(library: Library, key: str, wrong: Shown, healthy: Shown | None) -> None:
    known = fingerprint(key)
    mine = known.read(wrong.history)
    theirs = None if healthy is None else known.read(healthy.history)
    st.markdown(f"### {TEXT('fingerprint.heading')}")
    st.markdown(_table(mine, theirs))
    st.caption(plain(known.inequality))
    said = [f"**{TEXT('fingerprint.holds' if mine.holds else 'fingerprint.fails')}**"]
    if theirs is not None:
        said.append(TEXT("fingerprint.healthy-holds" if theirs.holds else "fingerprint.healthy-fails"))
    st.markdown(" ".join([*said, checked(library, key)]))


def _table(mine: Reading, theirs: Reading | None) -> str:
    """The conditions as a Markdown table, with the numbers of both runs."""
    head = [TEXT(f"fingerprint.{column}") for column in ("measured", "needs", "here", "there")]
    rows = [head, [":--", "--:", "--:", "--:"]]
    for row, finding in enumerate(mine.findings):
        condition = finding.condition
        needs = f"{condition.sign} {words.figure(condition.bound)}"
        there = words.MISSING if theirs is None else _cell(theirs.findings[row])
        rows.append([words.measure(condition), needs, _cell(finding), there])
    return "\n".join(f"| {' | '.join([measured, *map(_unbroken, others)])} |" for measured, *others in rows)


def _unbroken(text: str) -> str:
    """A text whose words stay on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _cell(finding: Finding) -> str:
    return f"{words.value(finding)} {'✓' if finding.holds else '✗'}"


def checked(library: Library, key: str) -> str:
    """Over which seeds the inequality was checked, and in how many recorded runs it holds."""
    wrong, healthy = over_seeds(library, key), over_seeds(library, HEALTHY)
    if not wrong:
        return ""
    return TEXT(
        "fingerprint.over",
        seeds=listed([str(member.record.config.seed) for member in wrong]),
        holds=_holding(library, key, wrong),
        runs=len(wrong),
        healthy=_holding(library, key, healthy) or TEXT("fingerprint.none"),
        healthy_runs=len(healthy),
    )


def _holding(library: Library, key: str, members: Sequence[Member]) -> int:
    """In how many of these runs the inequality holds."""
    return sum(fingerprint(key).read(library.history(member.record.id)).holds for member in members)


def _code(key: str, config: TrainingConfig) -> None:
    st.markdown(f"### {TEXT('code.heading')}")
    merged = excerpt(config)
    listing(
        merged.text,
        key="break-it-code",
        label=TEXT("code.label", name=words.name(key)),
        signs=_signs(merged.wrong, "✗", "bug", TEXT("code.wrong"))
        | _signs(merged.right, "✓", "carries", TEXT("code.right")),
        shown=merged.shown,
        copy=False,
    )
    st.caption(TEXT("code.legend", level=TEXT(f"code.level-{level(config)}")))


def _signs(numbers: Collection[int], sign: str, kind: str, word: str) -> dict[int, Sign]:
    """The sign of each of these lines; the first of several in a row says what it means."""
    return {number: Sign(sign, kind, "" if number - 1 in numbers else word) for number in numbers}


def _cases(key: str) -> None:
    cases = TEXT.table(place(key)).get("cases", [])
    if cases:
        st.markdown(f"### {TEXT('cases.heading')}")
        lines = (TEXT("cases.line", project=case["repository"].split("/")[1], **case) for case in cases)
        st.markdown("\n".join(lines))


def _links(chosen: Chosen) -> None:
    # On the data that is at hand: a link must not need a download.
    config = replace(chosen.config, dataset=default_dataset())
    there = replace(url_state.here(), config=config, configured=True, run=None, step=None, settings={})
    with st.container(horizontal=True, gap="medium"):
        if chosen.run is not None:
            _link("open", "open_in_new", {"run": chosen.run.id}, None)
        _link("train", "play_arrow", url_state.link_to(there), TEXT("links.train-help"))


def _link(name: str, icon: str, parameters: dict[str, str], explained: str | None) -> None:
    label, icon = TEXT(f"links.{name}"), f":material/{icon}:"
    st.page_link("pages/train.py", label=label, icon=icon, query_params=parameters, help=explained)
