"""What stands below results and recipes: each of the notebook's remarks, held against recorded runs."""

from __future__ import annotations

import streamlit as st

from bn_core.exhibits import Library, Member
from bn_core.exhibits.catalogue import BY_HAND, HEALTHY, LONG
from bn_core.names import NETWORKS
from bn_core.training.events import Scored
from pages.break_it_page.charts import curve_points, curves_spec
from pages.notebook_page import words
from pages.notebook_page.text import TEXT
from pages.parts import glossary
from pages.parts.onward import onward
from pages.words.captions import percent

PLATEAU_STEP = 150
"""At this step the weights of the recorded run are scored both ways, in the middle of the notebook's 250 batches."""

MISTAKES = ("never-updated", "batch-at-test")
"""The two that the notebook's sentence on 100 samples does not tell apart."""


def why() -> None:
    """Why the notebook has this network, and where its words and its code part."""
    st.header(TEXT("why.heading"), anchor=False)
    st.markdown(TEXT("why.text"))


def plateau(recorded: Library) -> None:
    """Where the notebook's 250 batches went."""
    st.header(TEXT("plateau.heading"), anchor=False)
    said = [TEXT("plateau.text")]
    if (member := recorded.find(BY_HAND.key)) is not None:
        history = recorded.history(member.record.id)
        event = next((event for event in history.evaluations if event.step == PLATEAU_STEP), None)
        if event is not None and event.batch is not None:
            shares = {
                "batch": percent(event.batch.accuracy, event.images),
                "moving": percent(event.moving.accuracy, event.images),
            }
            said.append(TEXT("plateau.measured", seed=member.record.config.seed, step=event.step, **shares))
    glossary.write(" ".join(said))
    onward("population", TEXT("plateau.open"))


def samples(recorded: Library) -> None:
    """Which of two mistakes lowers which of the three final lines."""
    st.header(TEXT("samples.heading"), anchor=False)
    glossary.write(TEXT("samples.text"))
    found = {key: recorded.find(key) for key in (HEALTHY, *MISTAKES)}
    scored = {key: _scored(recorded, member) for key, member in found.items()}
    never, unused = (scored[key] for key in MISTAKES)
    if never is None or unused is None:
        st.info(TEXT("samples.missing"))
        return
    head = TEXT.list("samples.head")
    rows = [" | ".join(head), " | ".join([":--", *["--:"] * (len(head) - 1)])]
    for key, one in scored.items():
        if one is not None:
            name = TEXT("samples.healthy" if key == HEALTHY else f"samples.{key}")
            rows.append(" | ".join([name, *words.written(one)]))
    st.markdown("\n".join(f"| {row} |" for row in rows))
    st.markdown(words.which_of_the_two(never, unused))
    with st.container(horizontal=True, gap="medium"):
        for key in MISTAKES:
            member = found[key]
            assert member is not None
            onward("break_it", TEXT(f"samples.open_{key}"), {"run": member.record.id})


def more(recorded: Library, scale: float) -> None:
    """Whether the network without batch normalization only needs more batches."""
    st.header(TEXT("more.heading"), anchor=False)
    member, other = recorded.find(LONG.key), recorded.find(HEALTHY)
    if member is None or other is None or None in (_scored(recorded, member), _scored(recorded, other)):
        st.info(TEXT("more.missing"))
        return
    config, history = member.record.config, recorded.history(member.record.id)
    sentence = words.after_many(history, config.seed, recorded.history(other.record.id))
    st.markdown(f"{TEXT('more.intro', batches=config.batches)} {sentence}")
    title = TEXT("more.title", batches=config.batches)
    st.vega_lite_chart(
        curve_points(history),
        curves_spec(config.placement, config.bias, config.batches, title, scale),
        alt=TEXT("more.alt", batches=config.batches, sentence=sentence),
    )
    made = member.provenance
    images = history.evaluations[-1].images
    st.caption(TEXT("more.source", run=member.record.id, date=made.date[:10], command=made.command, images=images))
    onward("train", TEXT("more.open"), {"run": member.record.id})


def low_level() -> None:
    """When one needs to write it by hand."""
    st.header(TEXT("low.heading"), anchor=False)
    st.markdown(TEXT("low.text"))


def debate(recorded: Library) -> None:
    """What is not settled: where to put it, and why it helps."""
    st.header(TEXT("debate.heading"), anchor=False)
    glossary.write(TEXT("debate.placement"))
    normalized = {network.key: network.label for network in NETWORKS if network.config.normalized}
    accuracies: dict[str, list[float]] = {}
    for member in recorded.members("sweep"):
        one = _scored(recorded, member)
        if one is not None and member.variant in normalized:
            accuracies.setdefault(normalized[member.variant], []).append(one.test.accuracy)
    if accuracies:
        st.markdown(words.ranges(accuracies))
    glossary.write(TEXT("debate.bias"))
    glossary.write(TEXT("debate.why"))
    st.caption(TEXT("debate.sources"))


def _scored(recorded: Library, member: Member | None) -> Scored | None:
    return None if member is None else recorded.history(member.record.id).scored
