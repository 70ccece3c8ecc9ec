"""What a run says to the question of an exercise: the right answer, the figures of its explanation, likely mistakes.

Each measure is a pure function of what is recorded of a run. An exercise names one of them (`MEASURES`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bn_core.chart_tables.curves import MEAN_OVER
from bn_core.config import TrainingConfig
from bn_core.exercises import rules
from bn_core.exhibits.fingerprints import fingerprint
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.history import RunHistory
from bn_core.training.events import Evaluated, Scored

Kind = Literal["number", "choice", "layer", "step"]
Given = float | str | int | None
"""What was answered: a number, a choice's key, a layer's number, a step; None is `nowhere` and `never`."""

LAYER = 13
"""The layer whose values behind a mean are counted: its maps have 2x2 places, so that images alone are not enough."""

SAMPLES_RIGHT = 0.9
"""A network that scores this much can read digits: what is wrong then is how it is asked."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """A run that answers, and what stands beside it.

    Attributes:
        config, history: of the run.
        probe: of its layers before any training; None where none is recorded.
        twin: the run that differs from it in what the exercise says; None where there is none.
        others: test accuracies of runs of the same network with other seeds, and of its twin's: (without, with) what
            the exercise changes.
    """

    config: TrainingConfig
    history: RunHistory
    probe: LayersProbed | None = None
    twin: RunHistory | None = None
    others: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())


@dataclass(frozen=True)
class Answer:
    """The right answer of one run.

    Attributes:
        right: a number, a choice's key, a layer, a step.
        low, high: which numbers count as right, these included.
        accepted: which choices, layers or steps do; empty for a number.
        case: which of the exercise's explanations is true of this run.
        figures: the run's figures, for the explanation.
        mistakes: what somebody answers who makes a likely mistake, by the key of the mistake.
        offered: what can be chosen, for a layer or a step.
    """

    right: Given
    case: str
    figures: Mapping[str, object]
    low: float = 0.0
    high: float = 0.0
    accepted: tuple[Given, ...] = ()
    mistakes: Mapping[str, Given] = field(default_factory=dict)
    offered: tuple[int, ...] = ()

    def admits(self, given: Given) -> bool:
        """Whether this answer is right."""
        if self.accepted:
            return given in self.accepted
        return isinstance(given, int | float) and self.low <= given <= self.high

    def mistake(self, given: Given) -> str | None:
        """The key of the mistake that leads to this wrong answer; None where it is right, or none that is known."""
        if self.admits(given):
            return None
        width = max((self.high - self.low) / 2, 0.0)
        for key, value in self.mistakes.items():
            if given == value:
                return key
            if isinstance(given, int | float) and isinstance(value, int | float) and abs(given - value) <= width:
                return key
        return None


@dataclass(frozen=True)
class Measure:
    """A measure and what it promises.

    Attributes:
        kind: of its answers.
        of: the answer; None where the run has not what it needs.
        cases: the explanations that an exercise must have.
        figures: what an explanation can quote.
        mistakes: the mistakes that an exercise must have a sentence on.
        choices: of a choice: the keys.
        inside: whether it needs the probe of the layers.
    """

    kind: Kind
    of: Callable[[Evidence], Answer | None]
    cases: tuple[str, ...]
    figures: tuple[str, ...]
    mistakes: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    inside: bool = False


REMARKS = ("not_calculated", "not_used", "neither")
"""What explains low accuracy on 100 samples: the notebook's two mistakes, or neither."""


def _three_way(history: RunHistory) -> list[Evaluated]:
    return [event for event in history.evaluations if event.batch is not None and event.recalibrated is not None]


def _number(value: float, tolerance: float, case: str, figures: Mapping[str, object], **mistakes: Given) -> Answer:
    return Answer(value, case, figures, value - tolerance, value + tolerance, mistakes=mistakes)


def counted(number: float, what: str, many: str = "") -> str:
    """Return a count in words: `1 value`, `1,024 values`."""
    whole = round(number)
    return f"{whole:,} {what if abs(whole) == 1 else many or what + 's'}"


def _catch_up(evidence: Evidence) -> Answer | None:
    """The batch at which the accuracy with moving statistics catches up with that with batch statistics.

    None, too, where the weights did not learn: then there is nothing to catch up with.
    """
    measured = _three_way(evidence.history)
    steps = [event.step for event in measured]
    moving = [event.moving.accuracy for event in measured]
    batch = [event.batch.accuracy for event in measured if event.batch is not None]
    if len(measured) < 3 or max(batch) < 0.5:
        return None
    step, accepted = rules.catch_up(steps, moving, batch, measured[-1].images)
    worst = int(np.argmax(np.subtract(batch, moving)))
    able = next((event.step for event in measured if event.batch is not None and event.batch.accuracy >= 0.9), None)
    before = None if step is None else steps[steps.index(step) - 1]
    figures = {
        "step": step,
        "images": measured[-1].images,
        "widest": steps[worst],
        "moving": 100 * moving[worst],
        "batch": 100 * batch[worst],
        "held": 100 * evidence.config.moving_momentum ** steps[worst],
        "momentum": evidence.config.moving_momentum,
        "left": 0.0 if step is None else 100 * evidence.config.moving_momentum**step,
        "before": before,
        "last": steps[-1],
    }
    # Who looks at the one curve alone takes the batch at which the weights are good.
    return Answer(
        step,
        "never" if step is None else "parted" if batch[worst] - moving[worst] > 0.05 else "together",
        figures,
        accepted=accepted,
        mistakes={"one_curve": able, "widest": steps[worst]},
        offered=tuple(steps),
    )


def _lag(evidence: Evidence) -> Answer | None:
    """By how many points the moving statistics score below the recalibrated ones after the last batch."""
    measured = _three_way(evidence.history)
    momentum = evidence.config.moving_momentum
    if not measured or evidence.history.scored is None or momentum == 1:
        return None
    last = measured[-1]
    assert last.recalibrated is not None
    moving, truth = last.moving.accuracy, last.recalibrated.accuracy
    tolerance = 2 * (
        rules.standard_error(moving, last.images) ** 2 + rules.standard_error(truth, last.images) ** 2
    ) ** (1 / 2)
    figures = {
        "points": counted(100 * (truth - moving), "point"),
        "moving": 100 * moving,
        "recalibrated": 100 * truth,
        "images": last.images,
        "step": last.step,
        "momentum": momentum,
        "held": 100 * momentum**last.step,
        "memory": counted(1 / (1 - momentum), "batch", "batches"),
    }
    case = "level" if abs(truth - moving) <= tolerance else "ahead" if moving > truth else "behind"
    if case == "behind" and momentum**last.step < 0.05:
        case = "behind_without_start"
    return _number(
        100 * (truth - moving),
        100 * max(tolerance, 0.01),
        case,
        figures,
        one_score=100 * moving,
        sign=100 * (moving - truth),
    )


def _signal(evidence: Evidence) -> Answer | None:
    """The first layer in which the signal is below a hundredth of what it is in layer 1, before any training."""
    probe = evidence.probe
    if probe is None or probe.step != 0 or "linear" not in probe.points:
        return None
    sizes = probe.rms[probe.points.index("linear")].astype(float)
    layer, accepted = rules.first_below(sizes)
    last = evidence.config.architecture.depth
    figures = {
        "layer": layer,
        "first_size": sizes[0],
        "size": sizes[(layer or last) - 1],
        "last": last,
        "last_size": sizes[last - 1],
        "fold": sizes[0] / sizes[last - 1],
        "smallest": sizes.min() / sizes[0],
    }
    # Half of the values of a healthy layer are 0: a share of zeros is no lost signal. A tenth is soon read for a
    # hundredth on a logarithmic axis.
    tenth = rules.first_below(sizes, 0.1)[0]
    return Answer(
        layer,
        "dies" if layer is not None else "lives",
        figures,
        accepted=accepted,
        mistakes={"tenth": tenth, "end": last},
        offered=tuple(evidence.config.architecture.numbers),
    )


def _alone(evidence: Evidence) -> Answer | None:
    """How many of the 100 samples are right one at a time with the batch statistics of the image alone."""
    scored = evidence.history.scored
    if scored is None or scored.one_by_one_batch is None or scored.one_by_one_batch_predictions is None:
        return None
    images = len(scored.one_by_one_labels)
    right, moving = round(scored.one_by_one_batch * images), round(scored.one_by_one * images)
    answers = np.unique(scored.one_by_one_batch_predictions)
    figures = {
        "right": right,
        "moving": moving,
        "images": images,
        "answers": len(answers),
        "answer": int(answers[0]),
        "members": int((scored.one_by_one_labels == answers[0]).sum()),
    }
    case = "constant" if rules.same_answer(scored.one_by_one_batch_predictions) else "varied"
    return _number(right, 0, case, figures, moving=moving, chance=images // 10)


def _values(evidence: Evidence) -> Answer | None:
    """How many values share one mean in layer 13."""
    counts = evidence.config.values_behind_means(evidence.config.batch_size)
    if not counts:
        return None
    architecture = evidence.config.architecture
    side, images, channels = (
        architecture.side(LAYER),
        evidence.config.batch_size,
        architecture.layer_channels[LAYER - 1],
    )
    figures = {
        "values": counts[LAYER - 1],
        "images": images,
        "side": side,
        "places": side**2,
        "first": counts[0],
        "last": counts[-1],
        "channels": channels,
    }
    by_place = evidence.config.effect.axes_of_channel
    return _number(
        counts[LAYER - 1],
        0,
        "channel" if by_place else "place",
        figures,
        images_alone=images,
        channels_too=counts[LAYER - 1] * channels,
        whole_image=images * 28 * 28,
    )


def _test_accuracy(evidence: Evidence) -> Answer | None:
    """The share of the test images, in per cent, that is right at the end."""
    scored, measured = evidence.history.scored, _three_way(evidence.history)
    if scored is None or not measured or not evidence.config.normalized:
        return None
    images, share = int(scored.test_confusion.sum()), scored.test.accuracy
    counts = evidence.config.values_behind_means(evidence.config.batch_size)
    recalibrated = measured[-1].recalibrated
    assert recalibrated is not None
    figures = {
        "percent": 100 * share,
        "images": images,
        "batch_size": evidence.config.batch_size,
        "values": counted(min(counts), "value"),
        "recalibrated": 100 * recalibrated.accuracy,
        "validation": measured[-1].images,
        "seen": evidence.config.batch_size * evidence.config.batches,
    }
    truth = recalibrated.accuracy
    case = "learned" if share >= 0.9 else "lag" if truth - share > 0.1 else "lost" if share < 0.2 else "between"
    # Where the curve of the training batches ends: another score, of images that were trained on.
    trained = 100 * float(evidence.history.accuracies[-MEAN_OVER:].mean()) if len(evidence.history.steps) else None
    return _number(
        100 * share, 100 * rules.tolerance_of_share(share, images), case, figures, training_batches=trained, chance=10.0
    )


def _bias(evidence: Evidence) -> Answer | None:
    """By how many points the test accuracy is higher with a bias than without one."""
    scored, twin = evidence.history.scored, evidence.twin
    if scored is None or twin is None or twin.scored is None or not len(evidence.history.losses):
        return None
    points = 100 * (scored.test.accuracy - twin.scored.test.accuracy)
    validated = 100 * (scored.validation.accuracy - twin.scored.validation.accuracy)
    count = min(len(evidence.history.losses), len(twin.losses), 10)
    apart = np.abs(evidence.history.losses[:count] - twin.losses[:count])
    without, with_ = evidence.others
    figures: dict[str, object] = {
        "points": points,
        "size": abs(points),
        "with_bias": 100 * scored.test.accuracy,
        "without": 100 * twin.scored.test.accuracy,
        "first": apart[0],
        "second": apart[min(1, count - 1)],
        "later": apart.max(),
        "count": count,
        "loss": evidence.history.losses[0],
    }
    case = "alone"
    if len(without) > 1 and len(with_) > 1 and max(min(without), min(with_)) <= min(max(without), max(with_)):
        case = "seeds"
        figures |= {
            "seeds": len(without),
            "without_low": 100 * min(without),
            "without_high": 100 * max(without),
            "with_low": 100 * min(with_),
            "with_high": 100 * max(with_),
        }
    if evidence.config.placement == "after":
        case += "_after"
    # The final lines have five digits: a difference of two is right to a tenth of a point.
    return _number(points, 0.1, case, figures, sign=-points, validation=validated)


def _notebooks_remark(evidence: Evidence) -> Answer | None:
    """Which of the two mistakes that the notebook names explains the three final lines."""
    scored, measured = evidence.history.scored, _three_way(evidence.history)
    if scored is None or not measured or measured[-1].recalibrated is None:
        return None
    right = _remark(scored, measured[-1].recalibrated.accuracy)
    figures = {
        "validation": 100 * scored.validation.accuracy,
        "test": 100 * scored.test.accuracy,
        "samples": 100 * scored.one_by_one,
        "recalibrated": 100 * measured[-1].recalibrated.accuracy,
        "images": measured[-1].images,
        "inequality": fingerprint({"not_calculated": "never-updated"}.get(right, "batch-at-test")).inequality,
    }
    low = scored.one_by_one < 0.5
    case = right if right != "neither" else "weights" if low else "sound"
    mistakes = {key: key for key in REMARKS if key != right}
    return Answer(right, case, figures, accepted=(right,), mistakes=mistakes)


def _remark(scored: Scored, recalibrated: float) -> str:
    """Tell the two mistakes apart by numbers: see the fingerprints of `never-updated` and of `batch-at-test`."""
    if scored.test.accuracy >= SAMPLES_RIGHT and rules.same_answer(scored.one_by_one_predictions):
        return "not_used"
    if scored.test.accuracy <= 0.15 and recalibrated >= SAMPLES_RIGHT:
        return "not_calculated"
    return "neither"


_CURVES = ("step", "images", "widest", "moving", "batch", "held", "momentum", "left", "before", "last")
_SEEDS = ("seeds", "without_low", "without_high", "with_low", "with_high")

MEASURES: dict[str, Measure] = {
    "catch_up": Measure("step", _catch_up, ("parted", "together", "never"), _CURVES, ("one_curve", "widest")),
    "lag": Measure(
        "number",
        _lag,
        ("behind", "behind_without_start", "level", "ahead"),
        ("points", "moving", "recalibrated", "images", "step", "momentum", "held", "memory"),
        ("one_score", "sign"),
    ),
    "signal": Measure(
        "layer",
        _signal,
        ("dies", "lives"),
        ("layer", "first_size", "size", "last", "last_size", "fold", "smallest"),
        ("tenth", "end"),
        inside=True,
    ),
    "alone": Measure(
        "number",
        _alone,
        ("constant", "varied"),
        ("right", "moving", "images", "answers", "answer", "members"),
        ("moving", "chance"),
    ),
    "values": Measure(
        "number",
        _values,
        ("channel", "place"),
        ("values", "images", "side", "places", "first", "last", "channels"),
        ("images_alone", "channels_too", "whole_image"),
    ),
    "test_accuracy": Measure(
        "number",
        _test_accuracy,
        ("learned", "between", "lag", "lost"),
        ("percent", "images", "batch_size", "values", "recalibrated", "validation", "seen"),
        ("training_batches", "chance"),
    ),
    "bias": Measure(
        "number",
        _bias,
        ("alone", "seeds", "alone_after", "seeds_after"),
        ("points", "size", "with_bias", "without", "first", "second", "later", "count", "loss", *_SEEDS),
        ("sign", "validation"),
    ),
    "notebooks_remark": Measure(
        "choice",
        _notebooks_remark,
        ("not_calculated", "not_used", "weights", "sound"),
        ("validation", "test", "samples", "recalibrated", "images", "inequality"),
        REMARKS,
        REMARKS,
    ),
}
"""By the name that an exercise gives."""
