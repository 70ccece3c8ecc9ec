"""Runs with everything that a run can have, of the shapes of their configurations, and other numbers for each seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bn_core.config import TrainingConfig
from bn_core.data.catalogue import trained_on
from bn_core.network import bins
from bn_core.network.layers_probed import LayersProbed
from bn_core.network.weight_shapes import weight_shapes
from bn_core.questions import answers, questions
from bn_core.runs.records import canonical_question, owner_hash
from bn_core.runs.store import Store
from bn_core.training import causes
from bn_core.training.events import (
    Checked,
    Evaluated,
    Event,
    Failed,
    RecordedEvent,
    RunStarted,
    Score,
    Scored,
    SnapshotTaken,
    StatisticsRecorded,
    Step,
    Stopped,
    pack,
)

ME = "the-browser-of-this-test"
SOMEBODY = "the-browser-of-another-person"


@dataclass(frozen=True)
class Made:
    """How a run is made up.

    Attributes:
        steps: after how many batches it ends.
        status: how it ends.
        snapshots, answered: whether weights, and answers, are kept of its first and its last step.
        resumed: whether it was interrupted at its last step.
    """

    config: TrainingConfig
    steps: int
    status: str = "finished"
    seed: int = 0
    name: str | None = None
    snapshots: bool = True
    answered: bool = True
    resumed: bool = False
    recording: str = "everything"
    cause: tuple[str, str | None] = (causes.OUTPUT.format(layer="conv_3"), "conv_3")


def record(store: Store, made: Made, owner: str = ME) -> str:
    """Record this run in the store as the engine does; return its id."""
    everything = made.recording == "everything"
    if everything:
        run_id = store.add_run(made.config, str(owner_hash(owner)))
    else:
        run_id = store.add_member(store.add_sweep('[varied]\nseed = "0-4"\n', str(owner_hash(owner))), made.config)
    store.take_requests()
    store.set_status(run_id, "compiling", worker="tcp://10.1.2.3:4567")
    store.set_status(run_id, "running", worker="tcp://10.1.2.3:4567")
    events = told(made)
    for event in events:
        store.append(run_id, [RecordedEvent.of(event)])
    started = events[0]
    assert isinstance(started, RunStarted)
    store.set_dataset_note(run_id, trained_on(started.dataset, started.dataset_sha256, started.train_images))
    kept = sorted({0, made.steps}) if everything else []
    for step in kept if made.snapshots else []:
        store.put_snapshot(run_id, step, pack(weights(made.config, step, made.seed)))
    if everything:
        store.put_checkpoint(run_id, made.steps, b"what nobody takes along")
    for question, answer in asked(made) if made.answered and everything else []:
        store.ask(run_id, question, str(owner_hash(owner)), "10.9.8.7")
        (taken,) = store.take_questions()
        store.answer_question(taken.id, answers.pack(answer))
    store.rename(run_id, made.name)
    message = made.cause[0] if made.status == "failed" else None
    store.set_status(run_id, made.status, message=message)
    return run_id


def told(made: Made) -> list[Event]:
    """What this run says, in its order."""
    config, random = made.config, np.random.default_rng(made.seed)
    everything = made.recording == "everything"

    def score() -> Score:
        return Score(float(random.exponential()), float(random.random()))

    def evaluated(step: int) -> Evaluated:
        others = (score(), score()) if config.normalized else (None, None)
        return Evaluated(step, 250, score(), *others, float(random.exponential()))

    versions = {"python": "3.11.9", "tensorflow": "2.21.0"}
    began = RunStarted(0, config.to_json(), config.dataset, "0a" * 32, 55_000, versions)
    events: list[Event] = [began, evaluated(0)]
    if everything:
        events.append(probe(config, 0, random))
    for step in range(1, made.steps + 1):
        events.append(Step(step, float(random.exponential()), float(random.random()), float(random.exponential())))
        if everything and config.normalized and config.effect.batch_statistics:
            mean, variance = random.normal(size=(2, config.architecture.channels)).astype(np.float32)
            events.append(StatisticsRecorded(step, mean, variance**2))
        if everything and step in (1, made.steps):
            events.append(probe(config, step, random))
        events.append(Checked(step, step - 1, "training", score(), float(random.exponential())))
        events.append(evaluated(step))
    if made.resumed:
        events.append(RunStarted(max(1, made.steps - 1), config.to_json(), config.dataset, "0a" * 32, 55_000, versions))
    ends: dict[str, Event] = {
        "finished": scored(config, random),
        "failed": Failed(made.steps + 1, *made.cause),
        "stopped": Stopped(made.steps),
    }
    return [*events, ends[made.status]]


def probe(config: TrainingConfig, step: int, random: np.random.Generator) -> LayersProbed:
    """A probe of a network of this configuration."""
    architecture, layers = config.architecture, config.architecture.layers
    points = ["linear", "bn", "relu"] if config.normalized else ["linear", "relu"]
    histograms = np.zeros((len(points) - 1, layers, bins.COUNTS), np.int32)
    for layer in architecture.numbers:
        values = architecture.values_behind_mean(layer, 64) * architecture.layer_channels[layer - 1]
        histograms[:, layer - 1, bins.ZERO] = values // 3
        histograms[:, layer - 1, random.integers(0, bins.ZERO)] = values - values // 3

    def floats(*shape: int) -> np.ndarray:
        return random.random(shape).astype(np.float32)

    by_point = len(points), layers
    gradients = step > 0
    channels = config.normalized and config.effect.axes_of_channel
    cosine = floats(*by_point)
    cosine[-1, -1] = np.nan
    return LayersProbed(
        step=step,
        points=points,
        histograms=histograms,
        mean=floats(*by_point),
        rms=floats(*by_point),
        zeros=floats(*by_point),
        cosine=cosine,
        correlation=-floats(*by_point),
        dead_units=floats(layers),
        dead_channels=floats(layers),
        percentiles=floats(*by_point, 3, 3),
        kernel_norms=floats(layers),
        kernel_gradients=floats(layers) if gradients else None,
        bias_gradients=floats(layers) if gradients and config.bias else None,
        gamma_gradients=floats(layers) if gradients and config.normalized else None,
        beta_gradients=floats(layers) if gradients and config.normalized else None,
        gamma=floats(architecture.channels) if channels else None,
        beta=floats(architecture.channels) if channels else None,
        milliseconds=float(random.exponential()),
    )


def scored(config: TrainingConfig, random: np.random.Generator) -> Scored:
    """How a run of this configuration ends."""
    confusion = random.integers(0, 500, (10, 10))
    labels = random.integers(0, 10, (3, 100)).astype(np.uint8)
    return Scored(
        step=config.batches,
        validation=Score(0.25, float(random.random())),
        test=Score(0.5, float(random.random())),
        one_by_one=0.75,
        one_by_one_batch=0.5 if config.normalized else None,
        validation_confusion=confusion,
        test_confusion=confusion.T.copy(),
        one_by_one_labels=labels[0],
        one_by_one_predictions=labels[1],
        one_by_one_batch_predictions=labels[2] if config.normalized else None,
        milliseconds=12.5,
    )


def weights(config: TrainingConfig, step: int, seed: int = 0) -> SnapshotTaken:
    """Weights of a network of this configuration."""
    random = np.random.default_rng([seed, step])
    return SnapshotTaken(
        step, {path: random.normal(size=shape).astype(np.float32) for path, shape in weight_shapes(config).items()}
    )


def asked(made: Made) -> list[tuple[str, answers.Answer]]:
    """Questions about the last step of a run, in the words of a page, and their answers."""
    config, random = made.config, np.random.default_rng([made.seed, 7])
    score, layers, channels = Score(0.5, 0.25), config.architecture.layers, config.architecture.channels

    def floats(*shape: int) -> np.ndarray:
        return random.random(shape).astype(np.float32)

    def alone() -> answers.Alone:
        return answers.Alone(floats(100, 10), floats(layers))

    def if_normalized(value):
        return value if config.normalized else None

    pictures = random.integers(0, 256, (100, 28, 28)).astype(np.uint8)
    labels = random.integers(0, 10, 100).astype(np.uint8)
    means = channels
    if config.normalized:
        means = sum(math.prod(shape) for path, shape in weight_shapes(config).items() if path.endswith("/moving_mean"))
    step = made.steps
    found: dict[questions.Question, answers.Answer] = {
        questions.Recalibrate(step): answers.Recalibrated(
            250, score, *map(if_normalized, (score, score, floats(means), floats(means)))
        ),
        questions.ApplyDecay(step, 0.9): answers.DecayApplied(250, if_normalized(score)),
        questions.ScoreOneByOne(step): answers.OneByOneScored(
            pictures, labels, alone(), *map(if_normalized, (alone(), alone(), floats(layers)))
        ),
        questions.VaryBatchSize(step): answers.BatchSizeVaried(
            256, if_normalized(random.random(9)), score, if_normalized(score)
        ),
        questions.ChangeCompany(step, 3, "mixed"): answers.CompanyChanged(
            pictures[0], 4, pictures[:63], if_normalized(floats(20, 10)), floats(20, 10), if_normalized(floats(10))
        ),
        questions.ScoreSingleClasses(step): answers.SingleClassesScored(
            *(np.arange(10), *map(if_normalized, (np.arange(10), np.arange(10))), np.arange(10)),
            if_normalized(np.arange(10)),
        ),
    }
    return [(canonical_question(question.to_json()), answer) for question, answer in found.items()]
