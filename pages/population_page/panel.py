"""The part of the page that moves: looked at again on a timer while the run trains, or while the engine works.

One top-level fragment with a fixed number and order of elements. What is drawn comes from recorded statistics, in this
process; only the scores that nobody recorded are asked of the engine.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from bn_core.chart_tables import population as tables
from bn_core.chart_tables.population import TRUTH_OVER, Curves, Statistic
from bn_core.exhibits.catalogue import DECAYS
from bn_core.questions.answers import Recalibrated
from bn_core.questions.questions import MOST_BATCHES, Recalibrate, most_batches
from bn_core.runs.history import RunHistory
from bn_core.runs.inside import StatisticsHistory
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.events import Evaluated
from pages.charts.kit import Look, Spec
from pages.live import live
from pages.parts import following
from pages.parts import passed_over as passed
from pages.parts.asking import AGAIN, Missing, ask, missing
from pages.parts.chart import draw_chart, room, say_unseen
from pages.parts.following import follow, pace_inside, show_state
from pages.parts.pick import pick
from pages.parts.stacks import stack
from pages.parts.step_control import step_control
from pages.parts.view import SLOW
from pages.population_page import spoken, words
from pages.population_page.charts import PICK, drift_spec, heat_spec, scores_spec, statistic_spec
from pages.population_page.scores import Scores, score_table, scores
from pages.population_page.words import TEXT, Decay
from pages.session import setting, url_state
from pages.session.session import widget
from pages.words.captions import behind, lag, variant
from pages.words.plain_text import plain
from pages.words.signs import as_read

Truth = tuple[NDArray[np.floating], NDArray[np.floating]]
"""The recalibrated mean and variance of every channel."""

BATCHES = (1, 2, 5, 10, 20, 50, MOST_BATCHES)
"""Over how many batches a person can recalibrate, as far as the data set has them."""

FEW = 2
"""How many recalibrations are asked of the engine at once that nobody clicked for."""

_HEAT = "population-heat"


@dataclass(frozen=True)
class Scene(following.Scene):
    """What is shown of the run.

    Attributes:
        kept: the steps whose weights are kept.
    """

    history: RunHistory
    statistics: StatisticsHistory
    kept: tuple[int, ...]

    @property
    def evaluations(self) -> tuple[Evaluated, ...]:
        """The evaluations under all kinds of statistics."""
        return _scored(self.history)


def _scored(history: RunHistory) -> tuple[Evaluated, ...]:
    return tuple(event for event in history.evaluations if event.recalibrated is not None)


def population_panel(service: RunService, run: RunRecord, scale: float) -> None:
    """Draw the panel and keep it up to date, as often as the run is worth.

    Args:
        scale: of the text in the charts.
    """

    def look() -> Scene:
        view = follow(service, run)
        return Scene(view, service.history(run.id), service.statistics(run.id), service.snapshot_steps(run.id))

    def draw(scene: Scene, trouble: str) -> float | None:
        return _draw(service, scene, trouble, scale)

    live("population", run.id, look, draw, lambda scene: pace_inside(scene.view))


def passed_over(service: RunService, run: RunRecord) -> tuple[str, ...]:
    """Return one sentence for each step, channel and decay that the address names and the run does not have; empty
    texts for the others."""
    architecture = run.config.architecture
    layer = setting.value("layer", architecture.numbers)
    channels = range(1, architecture.layer_channels[layer - 1] + 1)
    return (
        passed.step(run, [event.step for event in _scored(service.history(run.id))]),
        passed.channel(layer, channels, channels[0]),
        passed.choice("decay", _decays(run)),
    )


def _draw(service: RunService, scene: Scene, trouble: str, scale: float) -> float | None:
    """Everything, and after how many seconds it should be looked at again."""
    config = scene.run.config
    look = Look.of(config, scale)
    show_state("population", scene.view, TEXT("title"), trouble)
    wide, narrow = stack("population", [8, 5], "large")
    below = st.container()
    with narrow:
        evaluated, decay, unanswered = _scores(service, scene, look)
    truths, open_truths = _truths(service, scene)
    curves = _curves(scene, decay, truths)
    at = None if evaluated is None else evaluated.step
    with wide:
        statistic, whose = _heat_choices()
        drawn = heat_spec(look, config.values_behind_means(config.batch_size), statistic)
        heat = room(drawn, "heat")
        drifts = None if at is None else tables.by_layer(curves, "variance", at)
        st.markdown(f"**{plain(words.what_to_see(evaluated, drifts, config))}**")
    with below:
        layer, channel = _layer_choices(scene)
        st.markdown(words.legend(config, decay.name, len(scene.statistics.steps)))
        _curve_charts(scene, look, curves, statistic, layer, channel)
    with heat:
        course = curves.own if whose == "own" else curves.chosen
        table = tables.heat_table(course, curves.truth, statistic, config, (layer, at))
        _heat_chart(scene, drawn, table, statistic, words.what_to_see(evaluated, drifts, config))
    return _pace(scene, unanswered, open_truths=open_truths)


# Scores ------------------------------------------------------------------------------------------------------------


def _scores(service: RunService, scene: Scene, look: Look) -> tuple[Evaluated | None, Decay, Sequence[Missing]]:
    """The scores of a step: their evaluation, the decay that was chosen, and why some of them are missing."""
    st.markdown(f"## {TEXT('scores.heading')}")
    picture = room(scores_spec(look), "scores")
    evaluated = _evaluation(scene)
    decay = _decay(scene.run)
    found = Scores()
    if evaluated is not None:
        said = st.container()
        batches = _recalibrate(scene, evaluated.step)
        found = scores(service, scene.run, evaluated, scene.kept, decay, batches)
        sentence = words.of_decay(found.accuracy("chosen"), evaluated, decay, scene.run.config)
        said.markdown(plain(sentence) or f":gray[{_why_not(found.missing)}]")
        done = words.of_recalibration(found.recalibration, batches)
        st.markdown(plain(done) or f":small[:gray[{TEXT('recalibration.again')}]]")
    with picture:
        draw_chart(score_table(found), scores_spec(look), alt=TEXT("scores.alt"))
        say_unseen("scores", spoken.scores(found.bars))
    return evaluated, decay, found.missing


def _why_not(unanswered: Sequence[Missing]) -> str:
    said = " ".join(dict.fromkeys(answer.sentence for answer in unanswered))
    sign = ":material/progress_activity: " if any(answer.waiting for answer in unanswered) else ""
    return sign + plain(said)


def _evaluation(scene: Scene) -> Evaluated | None:
    """The evaluation whose scores are shown: the chosen one; else while the run trains its latest, later the one that
    has most to tell."""
    evaluations = {event.step: event for event in scene.evaluations}
    if not evaluations:
        return None
    at = _step(scene)
    if len(evaluations) == 1:
        return evaluations[at]
    st.select_slider(
        TEXT("scores.at"),
        list(evaluations),
        value=at,
        format_func=lambda known: f"{known:,}",
        **step_control(scene.run, list(evaluations), at),
    )
    return evaluations[at]


def _step(scene: Scene) -> int:
    """The step that was chosen, or the evaluation before it; without one, the one to begin with."""
    evaluations, step = scene.evaluations, url_state.here().step
    if step is not None:
        return max((event.step for event in evaluations if event.step <= step), default=evaluations[0].step)
    if scene.live:
        return evaluations[-1].step

    # Of weights that are kept all five scores can be had.
    telling = max([event for event in evaluations if event.step in scene.kept] or evaluations, key=lag)
    return telling.step if behind(telling) else evaluations[-1].step


def _decay(run: RunRecord) -> Decay:
    own, offered = run.config.moving_momentum, _decays(run)
    momentum = setting.value("decay", offered, words.first_decay(run.config).momentum)
    debias = setting.value("debias")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.select_slider(
            TEXT("controls.decay"),
            offered,
            value=momentum,
            format_func=lambda decay: (
                TEXT("controls.run_own", momentum=decay) if decay == own else as_read(f"{decay:g}")
            ),
            help=TEXT("controls.decay_help"),
            **setting.control("decay", momentum, of=f"{own:g}"),
        )
        # As wide as its label, also in presenter mode.
        st.toggle(
            TEXT("controls.debias"),
            debias,
            help=TEXT("controls.debias_help"),
            width="content",
            **setting.control("debias", debias),
        )
    return Decay(float(momentum), debias)


def _decays(run: RunRecord) -> list[float]:
    """The decays that can be chosen, ascending."""
    return sorted({*DECAYS, run.config.moving_momentum} - {1.0})


def _recalibrate(scene: Scene, step: int) -> int | None:
    """Over how many batches the weights of this step are to be recalibrated; None before somebody asks for it."""
    started = scene.history.started
    most = MOST_BATCHES if started is None else most_batches(started.train_images)
    offered = sorted({count for count in BATCHES if count < most} | {most})
    asked = setting.value("recalibrate", offered)
    key = f"population-batches-{most}-{asked}"

    def ask_for_it() -> None:
        # What the slider says by now: it may have been moved in the same message.
        if (count := widget(key)) in offered:
            setting.put("recalibrate", count)

    with st.container(key="recalibration"):
        slider, button = st.columns([3, 2], vertical_alignment="bottom")
    slider.select_slider(
        TEXT("recalibration.over"),
        offered,
        value=asked or min(TRUTH_OVER, most),
        key=key,
        help=TEXT("controls.batches_help"),
    )
    button.button(
        TEXT("recalibration.button"),
        icon=":material/refresh:",
        on_click=ask_for_it,
        disabled=step not in scene.kept,
        width="stretch",
        key="population-recalibrate",
    )
    return asked if step in scene.kept else None


# What is drawn from the recorded statistics ------------------------------------------------------------------------


def _curves(scene: Scene, decay: Decay, truths: Mapping[int, Truth]) -> Curves:
    config, statistics = scene.run.config, scene.statistics
    return Curves(
        tables.batches_drawn(statistics, config),
        tables.averages(statistics, config),
        tables.replayed(statistics, config, config.moving_momentum),
        tables.replayed(statistics, config, decay.momentum, without_start=decay.debiased),
        truths,
        config.architecture,
    )


def _truths(service: RunService, scene: Scene) -> tuple[dict[int, Truth], bool]:
    """The recalibrated statistics of every kept step that the engine has worked out by now, and whether more come.

    While the run trains, nothing is asked for that nobody clicked for.
    """
    truths: dict[int, Truth] = {}
    if scene.live:
        return truths, False
    waiting = 0
    for step in scene.kept:
        found = ask(service, scene.run.id, [Recalibrate(step, TRUTH_OVER)], patience=0)
        (answer,) = found.values()
        if isinstance(answer, Recalibrated) and answer.means is not None and answer.variances is not None:
            truths[step] = (answer.means, answer.variances)
        waiting += sum(answer.waiting for answer in missing(found))
        if waiting == FEW:
            break
    return truths, waiting > 0


def _heat_choices() -> tuple[Statistic, str]:
    """Whose drift the heat map and the curve of drift show: of which statistic, and by which decay."""
    statistics: dict[Statistic, str] = TEXT.table("controls.statistics")  # type: ignore[assignment]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="population-choices"):
        statistic = pick(TEXT("controls.statistic"), statistics, "statistic")
        whose = pick(TEXT("controls.whose"), TEXT.table("controls.courses"), "course")
    return statistic, whose


def _heat_chart(scene: Scene, spec: Spec, table: pa.Table, statistic: Statistic, finding: str) -> None:
    config = scene.run.config
    what = TEXT(f"charts.{statistic}_drift")
    draw_chart(
        table,
        spec,
        alt=scene.told(TEXT("charts.heat", batches=config.batches, what=what, variant=variant(config)), finding),
        key=_HEAT,
        on_select=functools.partial(_pick_layer, config.architecture.numbers),
        selection_mode=PICK,
    )


def _pick_layer(layers: range) -> None:
    picked = widget(_HEAT)["selection"].get(PICK, [])
    if picked and picked[0].get("layer") in layers:
        setting.put("layer", picked[0]["layer"])


def _layer_choices(scene: Scene) -> tuple[int, int | None]:
    heading, architecture = st.container(), scene.run.config.architecture
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="population-layer-choices"):
        layer = setting.value("layer", architecture.numbers)
        st.select_slider(
            TEXT("controls.layer"), architecture.numbers, value=layer, width=420, **setting.control("layer", layer)
        )
        channel = None
        if pick(TEXT("controls.which"), TEXT.table("controls.channels"), "channels") == "one":
            most = architecture.layer_channels[layer - 1]
            channel = setting.value("channel", range(1, most + 1))
            st.number_input(
                words.channel_label(layer, scene.run.config),
                1,
                most,
                channel,
                width=140,
                **setting.control("channel", channel, of=layer),
            )
    heading.markdown(words.layer_heading(layer, scene.run.config))
    return layer, None if channel is None else channel - 1


def _curve_charts(
    scene: Scene, look: Look, curves: Curves, drift_of: Statistic, layer: int, channel: int | None
) -> None:
    config = scene.run.config
    statistics: tuple[Statistic, Statistic] = ("mean", "variance")
    columns = stack("population-curves", 3, "medium")
    for column, statistic in zip(columns, statistics, strict=False):
        with column:
            table = tables.statistic_table(curves, statistic, layer, channel)
            shown = TEXT("charts.curve", statistic=TEXT(f"controls.statistics.{statistic}"))
            draw_chart(table, statistic_spec(look, statistic), alt=shown)
            say_unseen(f"curve-{statistic}", spoken.curve(table))
    with columns[2]:
        table = tables.drift_table(curves, drift_of, layer, channel)
        shown = TEXT("charts.drift", what=TEXT(f"charts.{drift_of}_drift"))
        draw_chart(table, drift_spec(look, drift_of), alt=shown)
        say_unseen("drift", spoken.drift(table))
    recorded = len(scene.statistics.steps)
    images = scene.evaluations[-1].images if scene.evaluations else None
    small = (
        words.notes(config, recorded, len(curves.own.steps)),
        words.bessel(layer, config),
        words.provenance(scene.run, recorded, images),
    )
    st.markdown("\n\n".join(f":small[:gray[{plain(note)}]]" for note in small))


def _pace(scene: Scene, unanswered: Sequence[Missing], *, open_truths: bool) -> float | None:
    """Seconds until the next look; None where nothing changes by itself."""
    engine, waiting = scene.view.engine.state, any(answer.waiting for answer in unanswered)
    soon = waiting and engine == "ready"
    sometime = waiting or open_truths or (unanswered and engine in ("off", "starting"))
    wanted = (pace_inside(scene.view), AGAIN if soon else None, SLOW if sometime else None)
    return min((seconds for seconds in wanted if seconds is not None), default=None)
