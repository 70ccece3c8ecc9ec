"""One mistake on show: its curves and final lines beside a healthy run's, its mark, its code, and why it happens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import streamlit as st

from bn_core.chart_tables.curves import MEAN_OVER
from bn_core.config import TrainingConfig
from bn_core.data.catalogue import default_dataset
from bn_core.exhibits import Library
from bn_core.exhibits.catalogue import BUG_SEEDS, HEALTHY
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
from pages.break_it_page.words import TEXT, place
from pages.code_page.listing import Sign, listing
from pages.parts import glossary
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


def exhibit(service: RunService, library: Library, chosen: Chosen, scale: float) -> None:
    """Draws the mistake, from the run that was chosen and the recorded healthy one with its seed."""
    key = chosen.key
    wrong = None if chosen.run is None else Shown(chosen.run, service.history(chosen.run.id))
    healthy = healthy_run(service, library, chosen.seed)
    glossary.write(TEXT(f"{place(key)}.summary"))
    if wrong is None:
        st.info(TEXT("not-recorded"))
    else:
        _curves(wrong, healthy, scale)
        _sentence(library, key, wrong, healthy)
    _code(key, chosen.config)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"##### {TEXT('why.heading')}")
        glossary.write(_filled(f"{place(key)}.why", wrong, healthy))
        _cases(key)
    with right:
        if wrong is not None and not wrong.run.active:
            _mark(library, key, wrong, healthy)
        _links(chosen)


def healthy_run(service: RunService, library: Library, seed: int) -> Shown | None:
    """The recorded run without a mistake and with this seed, or else with seed 0."""
    member = library.find(HEALTHY, seed) or library.find(HEALTHY)
    return None if member is None else Shown(member.record, service.history(member.record.id))


def curves(shown: Shown, title: str, scale: float) -> None:
    """The accuracies of a run over its batches."""
    config = shown.run.config
    st.vega_lite_chart(
        curve_points(shown.history),
        curves_spec(config.placement, config.bias, config.batches, title, scale),
        alt=curves_alt(shown, title),
    )


def curves_alt(shown: Shown, title: str) -> str:
    """The curves in words."""
    config, measured = shown.run.config, _measured(shown)
    suffix = "" if config.normalized else "-none"
    ends = {"moving": measured["moving"], "training": measured["training_accuracy"]}
    end = TEXT(f"chart.end{suffix}", recalibrated=measured["recalibrated"], **ends)
    return TEXT("chart.alt", title=title, batches=config.batches, kinds=TEXT(f"chart.kinds{suffix}"), end=end)


def lines(history: RunHistory) -> None:
    """The three final lines, or why there are none."""
    if history.scored is not None:
        st.code("\n".join(final_lines(history.scored)), language=None)
    elif history.failed is not None:
        failed = history.failed
        st.markdown(plain(TEXT("failed", step=f"{failed.step:,}", cause=failed.cause)))


def sentence(key: str, wrong: Shown, healthy: Shown | None) -> str:
    """The mark of a mistake with the numbers of a run that makes it."""
    return _filled(f"{place(key)}.sentence", wrong, healthy)


def _filled(text: str, wrong: Shown | None, healthy: Shown | None) -> str:
    return TEXT(text, run=_measured(wrong), healthy=_measured(healthy))


def _measured(shown: Shown | None) -> words.Numbers:
    if shown is None:
        return words.numbers(RunHistory(""), TrainingConfig())
    return words.numbers(shown.history, shown.run.config)


def _curves(wrong: Shown, healthy: Shown | None, scale: float) -> None:
    columns = st.columns(2, gap="medium")
    with columns[0]:
        curves(wrong, TEXT("chart.wrong"), scale)
        lines(wrong.history)
    if healthy is not None:
        with columns[1]:
            curves(healthy, _healthy_title(wrong, healthy), scale)
            lines(healthy.history)


def _healthy_title(wrong: Shown, healthy: Shown) -> str:
    config = healthy.run.config
    if config.placement == wrong.run.config.placement:
        return TEXT("chart.right")
    network = VALUES["placement"][config.placement].short
    return TEXT("chart.right-other", network=network, rate=f"{config.learning_rate:g}")


def _sentence(library: Library, key: str, wrong: Shown, healthy: Shown | None) -> None:
    if wrong.history.scored is None:
        st.markdown(TEXT("not-finished") if wrong.run.active else "")
        return
    holds = fingerprint(key).read(wrong.history).holds
    said = [sentence(key, wrong, healthy) if holds else TEXT("mark.unproven")]
    if key in COMPANIONS and (other := library.find(COMPANIONS[key], wrong.run.config.seed)) is not None:
        history = library.history(other.record.id)
        said.append(TEXT(f"{place(key)}.companion", run=words.numbers(history, other.record.config)))
    glossary.write(" ".join(said))
    st.caption(plain(_source(wrong, healthy)))


def _source(wrong: Shown, healthy: Shown | None) -> str:
    images = wrong.history.evaluations[-1].images
    parts = [
        TEXT(
            "chart.source",
            run=shown.run.id,
            network=captions.variant(shown.run.config),
            training=captions.training(shown.run.config),
        )
        for shown in (wrong, healthy)
        if shown is not None
    ]
    return ". ".join([*parts, TEXT("chart.axes", images=images, mean=MEAN_OVER)])


def _mark(library: Library, key: str, wrong: Shown, healthy: Shown | None) -> None:
    known = fingerprint(key)
    mine = known.read(wrong.history)
    theirs = None if healthy is None else known.read(healthy.history)
    st.markdown(f"##### {TEXT('mark.heading')}")
    st.markdown(_table(mine, theirs))
    st.caption(plain(known.inequality))
    verdict = [TEXT("mark.holds" if mine.holds else "mark.fails")]
    if theirs is not None:
        verdict.append(TEXT("mark.healthy-holds" if theirs.holds else "mark.healthy-fails"))
    st.markdown(f"**{verdict[0]}** {' '.join(verdict[1:])} {checked(library, key)}")


def _table(mine: Reading, theirs: Reading | None) -> str:
    """The conditions as a Markdown table, with the numbers of both runs."""
    others: tuple[Finding | None, ...] = (None,) * len(mine.findings) if theirs is None else theirs.findings
    head = [TEXT("mark.measured"), *(unbroken(TEXT(f"mark.{column}")) for column in ("needs", "here", "there"))]
    rows = [
        [
            words.measure(finding.condition),
            unbroken(f"{finding.condition.sign} {words.figure(finding.condition.bound)}"),
            _cell(finding),
            words.MISSING if other is None else _cell(other),
        ]
        for finding, other in zip(mine.findings, others, strict=True)
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, [":--", "--:", "--:", "--:"], *rows])


def unbroken(text: str) -> str:
    """A text whose words stay on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _cell(finding: Finding) -> str:
    return unbroken(f"{words.value(finding)} {'✓' if finding.holds else '✗'}")


def checked(library: Library, key: str) -> str:
    """Over which seeds the inequality was checked, and in how many recorded runs it holds."""
    known = fingerprint(key)

    def readings(variant: str) -> list[bool]:
        members = [member for seed in BUG_SEEDS if (member := library.find(variant, seed)) is not None]
        return [known.read(library.history(member.record.id)).holds for member in members]

    wrong, healthy = readings(key), readings(HEALTHY)
    if not wrong:
        return ""
    seeds = [seed for seed in BUG_SEEDS if library.find(key, seed) is not None]
    return TEXT(
        "mark.over",
        seeds=listed([str(seed) for seed in seeds]),
        holds=sum(wrong),
        runs=len(wrong),
        healthy=sum(healthy) or TEXT("mark.none"),
        healthy_runs=len(healthy),
    )


def _code(key: str, config: TrainingConfig) -> None:
    st.markdown(f"##### {TEXT('code.heading')}")
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
        st.markdown(f"##### {TEXT('cases.heading')}")
        st.markdown("\n".join(f"- {_link(case)}: {case['words']}" for case in cases))


def _link(case: dict[str, str]) -> str:
    repository, number = case["repository"], case["number"]
    return f"[{repository.split('/')[1]}#{number}](https://github.com/{repository}/issues/{number})"


def _links(chosen: Chosen) -> None:
    # On the data that is at hand: a link must not need a download.
    config = replace(chosen.config, dataset=default_dataset())
    with st.container(horizontal=True, gap="medium"):
        if chosen.run is not None:
            st.page_link(
                "pages/train.py",
                label=TEXT("links.open"),
                icon=":material/open_in_new:",
                query_params={"run": chosen.run.id},
            )
        there = replace(url_state.here(), config=config, configured=True, run=None, step=None)
        st.page_link(
            "pages/train.py",
            label=TEXT("links.train"),
            icon=":material/play_arrow:",
            query_params=url_state.link_to(there),
            help=TEXT("links.train-help"),
        )
