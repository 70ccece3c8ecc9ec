"""Population statistics: how far what inference normalizes with is from the truth, and what that costs."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.records import RunRecord
from pages.parts.run_choice import choose_run, name, run_to_show, runs_to_choose
from pages.population_page.panel import population_panel
from pages.population_page.words import TEXT, nothing_here
from pages.session import desk, entrance, identity, presenter, url_state
from pages.session.startup import service
from pages.words import glossary
from pages.words.plain_text import plain
from pages.words.status_words import APP

entrance.through_app()
runs = service()
desk.settle(runs)


def shows(run: RunRecord) -> bool:
    """Whether a run has, or will have, statistics to show."""
    return not nothing_here(run.config) and (run.active or len(runs.statistics(run.id).steps) > 0)


def lead_on() -> None:
    """A link to a run that has statistics, else to where one is trained."""
    other = run_to_show(runs, None, shows)
    if other is None:
        st.page_link("pages/train.py", label=TEXT("nothing.train"), icon=":material/arrow_forward:")
    else:
        st.page_link(
            "pages/population.py",
            label=TEXT("nothing.instead", name=plain(name(other))),
            icon=":material/arrow_forward:",
            query_params={"run": other.id},
        )


asked = desk.run_id()
run = run_to_show(runs, asked, shows)
st.set_page_config(page_title=f"{TEXT('title')} · {APP}")
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    st.title(TEXT("title"), width="content")
    st.space("stretch")
    if run is not None or runs_to_choose(runs):
        choose_run(runs, run)
glossary.write(TEXT("intro"))
with st.container(key="address"):
    if problems := desk.problems():
        st.warning("  \n".join(plain(sentence) for sentence in problems))
    if asked is not None and run is None:
        st.info(TEXT("nothing.unknown"))

if run is None:
    st.markdown(TEXT("nothing.no_choice" if runs_to_choose(runs) else "nothing.no_run"))
    lead_on()
elif nothing_here(run.config):
    st.info(nothing_here(run.config))
    lead_on()
elif not shows(run):
    st.info(TEXT("nothing.unrecorded"))
    lead_on()
else:
    population_panel(runs, run, url_state.here().step, presenter.scale())

st.space("small")
st.page_link("pages/one_image.py", label=TEXT("next"), icon=":material/arrow_forward:")
presenter.switch()
identity.listen()
