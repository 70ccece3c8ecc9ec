"""The two sheets, as one piece of markup that is put together and escaped here."""

from __future__ import annotations

import functools
from html import escape

import streamlit as st

from bn_core.data.catalogue import TITLES
from bn_core.exhibits import Library, library
from bn_core.names import NETWORK_BY_KEY
from pages.browser.component import component
from pages.handout_page import paper
from pages.parts import glossary
from pages.race_page import cards, meaning
from pages.race_page.material import Material, material
from pages.words.prose import prose

TEXT = prose("handout")
RACE = prose("race")

_COMPONENT = component("handout", __file__)


def sheets() -> None:
    """Draw the sheets, and let the browser print them alone."""
    made_of = material(library())
    if made_of is None:
        st.info(TEXT("missing"))
        return
    paper.alone()
    _COMPONENT(key="handout", data={"markup": markup(library(), made_of)})


@functools.cache
def markup(recorded: Library, made_of: Material) -> str:
    """Return both sheets."""
    findings = {card.key: _finding(card) for card in cards.cards(made_of)}
    first = [
        f"<h1>{escape(TEXT('heading'))}</h1>",
        f"<h2>{escape(TEXT('what'))}</h2>",
        _words(RACE("meaning.what")),
        f'<p class="formula">{escape(TEXT("formula"))}</p>',
        _words(TEXT("training")),
        _picture(recorded),
        f'<div class="pair">{findings["signal"]}{findings["learning"]}</div>',
    ]
    second = [
        f'<div class="pair">{findings["lag"]}{findings["without"]}</div>',
        _table(made_of),
        f"<h2>{escape(TEXT('questions'))}</h2>",
        *(f'<p class="asked">{number}. {escape(line)}</p>' for number, line in enumerate(TEXT.list("lines"), 1)),
        f'<p class="source">{escape(_source(made_of))}</p>',
    ]
    pages = (first, second)
    return "".join(
        f'<section class="sheet">{"".join(parts)}<footer>{escape(TEXT("sheet", number=number, count=len(pages)))}'
        "</footer></section>"
        for number, parts in enumerate(pages, 1)
    )


def _words(text: str) -> str:
    return f"<p>{escape(glossary.bare(text).replace('**', ''))}</p>"


def _picture(recorded: Library) -> str:
    found = meaning.meaning(recorded)
    if found is None:
        return ""
    return f"<figure>{meaning.picture(found)}<figcaption>{escape(meaning.sentence(found))}</figcaption></figure>"


def _finding(card: cards.Card) -> str:
    title, source = (escape(RACE(f"findings.{card.key}.{part}")) for part in ("title", "source"))
    return f'<div><h2>{title}</h2>{card.svg}<p class="small">{source}</p>{_words(card.sentence)}</div>'


def _table(made_of: Material) -> str:
    found = made_of.seeds
    heads = "".join(f"<th>{escape(TEXT(name))}</th>" for name in ("network", "lowest", "median", "highest"))
    rows = []
    for key, accuracies in found.accuracies.items():
        values = (min(accuracies), found.median(key), max(accuracies))
        cells = "".join(f"<td>{escape(TEXT('percent', percentage=100 * value))}</td>" for value in values)
        rows.append(f"<tr><th>{escape(NETWORK_BY_KEY[key].label)}</th>{cells}</tr>")
    caption = TEXT("networks", seeds=len(found.seeds), batches=made_of.lanes[0].run.config.batches)
    return f"<h2>{escape(caption)}</h2><table><tr>{heads}</tr>{''.join(rows)}</table>"


def _source(made_of: Material) -> str:
    config = made_of.lanes[0].run.config
    return TEXT(
        "source",
        runs=sum(len(by_seed) for by_seed in made_of.runs.values()),
        batches=config.batches,
        batch_size=config.batch_size,
        dataset=TITLES[config.dataset],
        date=made_of.provenance.date.partition("T")[0],
    )
