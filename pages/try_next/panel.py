"""Under a run on Train: what was predicted of it and what came, and one experiment to try next."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.experiments import Experiment, Figures, figures_of, next_experiment
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.exercises_page.way_back import way_back
from pages.parts import glossary
from pages.parts.recorded import over_seeds, same_training
from pages.parts.view import is_owner
from pages.session import actions
from pages.session.identity import browser_id
from pages.session.session import widget
from pages.try_next import comparison
from pages.try_next.comparison import TEXT
from pages.try_next.predictions import DIRECTIONS, Prediction, is_number, predict, predicted, prediction
from pages.words import captions
from pages.words.plain_text import plain
from pages.words.prose import filled


def try_next(service: RunService, run: RunRecord | None) -> None:
    """Draw it for the run on the page; nothing where there is none, or one that did not finish."""
    with st.container(key="try-next"):
        way_back()
        if run is None:
            return
        came = figures_of(run.config, service.history(run.id)) if run.status == "finished" else None
        foretold = prediction(run.config)
        if foretold is not None and run.active:
            st.caption(TEXT("prediction.waiting", said=comparison.said_in_words(foretold.kind, foretold.said)))
        if came is None:
            _go_on(service, run)
            return
        if foretold is not None:
            _what_came(service, run, came, foretold)
        _offer(service, run, came)


def _go_on(service: RunService, run: RunRecord) -> None:
    """Say what can be done with a run that ended early: the same training anew, where it cannot be resumed here."""
    if run.status != "stopped" and not (run.status == "interrupted" and not is_owner(run, browser_id())):
        return
    st.markdown(TEXT(f"ended.{run.status}"))
    st.button(
        TEXT("ended.again"),
        key="train-again",
        on_click=_again,
        args=(service, run),
        disabled=service.engine().state == "unavailable",
    )


def _again(service: RunService, run: RunRecord) -> None:
    actions.copy_config(run.config)
    actions.train(service)


def _what_came(service: RunService, run: RunRecord, came: Figures, foretold: Prediction) -> None:
    before = service.run(foretold.before)
    then = None if before is None else figures_of(before.config, service.history(before.id))
    if before is None or then is None or before.config.identity == run.config.identity:
        return
    st.markdown(f"## {TEXT('came.heading')}")
    st.markdown(comparison.outcome(foretold.kind, foretold.said, then, came))
    st.markdown(comparison.table((_name(before.config), then), (_name(run.config), came)))
    st.caption(comparison.caution(_seeds(service, before.config), _seeds(service, run.config)))


def _offer(service: RunService, run: RunRecord, came: Figures) -> None:
    experiment = next_experiment(run.config, came, predicted() | {run.config.identity})
    config = experiment.config(run.config)
    known = _known(service, config)
    st.markdown(f"## {TEXT('heading')}")
    figures = asdict(run.config) | asdict(came)
    glossary.write(f"{filled(experiment.reason, figures)} **{experiment.question}**")
    key = f"prediction-{run.id}-{experiment.key}"
    with st.form(f"try-{run.id}", border=False):
        if experiment.predicts == "direction":
            st.radio(
                TEXT("ask.direction"),
                DIRECTIONS,
                index=None,
                format_func=lambda said: TEXT(f"direction.{said}"),
                key=key,
                horizontal=True,
            )
        else:
            most = 100.0 if experiment.predicts == "percent" else float(config.batches)
            st.number_input(TEXT(f"ask.{experiment.predicts}"), 0.0, most, None, format="%g", key=key, width=320)
        able = known is not None or service.engine().state != "unavailable"
        st.form_submit_button(
            TEXT("ask.train" if known is None else "ask.open"),
            key="predict",
            on_click=_predicted,
            args=(service, run, experiment, key),
            disabled=not able,
            help=None if able else TEXT("ask.engine"),
        )


def _predicted(service: RunService, run: RunRecord, experiment: Experiment, key: str) -> None:
    """Take the prediction, and then train, or open the run that there is."""
    said = widget(key)
    if not (said in DIRECTIONS if experiment.predicts == "direction" else is_number(said)):
        st.toast(TEXT("nothing"))
        return
    config = experiment.config(run.config)
    predict(config, Prediction(experiment.key, run.id, said))
    known = _known(service, config)
    if known is not None:
        actions.open_run(known)
        return
    actions.copy_config(config)
    actions.train(service)


def _known(service: RunService, config: TrainingConfig) -> RunRecord | None:
    """Return a run of exactly this training that is active or finished; None where there is none."""
    return service.identical(config, browser_id()) or same_training(config, service.recorded())


def _seeds(service: RunService, config: TrainingConfig) -> list[float]:
    """Return the test accuracies, in per cent, of the recorded runs of this network with any seed."""
    return [100 * accuracy for accuracy in over_seeds(config, service.recorded())]


def _name(config: TrainingConfig) -> str:
    return plain(f"{captions.variant(config)}, {captions.training(config)}")
