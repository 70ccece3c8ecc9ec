"""The training loop: what it says, in which order, and that nothing it does changes what it trains."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from bn_core.architecture import Architecture
from bn_core.batch_norm.population import MEAN_START, VARIANCE_START, moving_averages
from bn_core.config import TrainingConfig
from bn_core.data.order import pixels
from bn_core.network.layers_probed import LayersProbed
from bn_core.protocol import SCHEDULE_START, is_scheduled
from bn_core.runs.store import Store
from bn_core.training.events import (
    Checked,
    CheckpointTaken,
    Evaluated,
    Event,
    Failed,
    RecordedEvent,
    RunStarted,
    Scored,
    SnapshotTaken,
    StatisticsRecorded,
    Step,
    Stopped,
    pack,
    unpack,
)
from bn_core.training.loop import train, training_batch
from bn_core.training.updates import updates_by_checks

SHORT = TrainingConfig(dataset="mnist-5k", batches=6, batch_size=16)
SCHEDULED = [0, 1, 2, 5, 6]
AFTER = {"placement": "after", "bias": True, "momentum": 0.9}
NONE = SHORT.with_(placement="none", bias=True)


@pytest.fixture(scope="module")
def course(digits, networks):
    """What a run says that is told to take a checkpoint after every step; each configuration is trained once."""
    courses: dict[TrainingConfig, list[Event]] = {}

    def course_of(config):
        if config not in courses:
            courses[config] = list(train(config, digits, compiled=networks(config), command=lambda: "checkpoint"))
        return courses[config]

    return course_of


@pytest.fixture(scope="module")
def long_course(digits, networks):
    """What a longer run says that is left alone."""
    config = SHORT.with_(batches=126, batch_size=1)
    return list(train(config, digits, compiled=networks(config)))


def updates(config, digits, compiled):
    """The losses of a run's bare updates, without anything that is measured beside them."""
    compiled.start(config)
    batches = (training_batch(config, digits, batch) for batch in range(config.batches))
    return [compiled.step(pixels(images), labels.astype(np.int32)).loss for images, labels in batches]


def losses(events):
    return [event.loss for event in events if isinstance(event, Step)]


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def without_times(event):
    return dataclasses.replace(event, milliseconds=0.0) if hasattr(event, "milliseconds") else event


def test_a_run_says_what_it_does_in_order(digits, course):
    events = course(SHORT)
    assert isinstance(events[0], RunStarted)
    assert events[0].config == SHORT.to_json()
    assert events[0].dataset_sha256 == digits.sha256
    assert events[0].versions.keys() == {"python", "tensorflow", "keras", "numpy"}
    assert [event.step for event in of(Step, events)] == list(range(1, 7))
    assert [event.step for event in of(Evaluated, events)] == SCHEDULED
    assert isinstance(events[-1], Scored)
    assert all(unpack(pack(event)).step == event.step for event in events)


def test_layers_are_probed_on_schedule_and_statistics_recorded_at_every_step(course):
    events = course(SHORT)
    assert [event.step for event in of(LayersProbed, events)] == SCHEDULED
    assert [event.step for event in of(StatisticsRecorded, events)] == list(range(1, 7))
    assert not of(StatisticsRecorded, course(NONE))


@pytest.mark.parametrize("changes", [{}, AFTER, {"placement": "none", "bias": True}])
def test_snapshots_are_the_weights_of_scheduled_steps_without_the_optimizer(course, networks, changes):
    config = SHORT.with_(**changes)
    compiled, events = networks(config), course(config)
    snapshots = {event.step: event.arrays for event in of(SnapshotTaken, events)}
    checkpoints = {event.step: event.arrays for event in of(CheckpointTaken, events)}
    assert list(snapshots) == SCHEDULED
    for step, arrays in snapshots.items():
        assert arrays.keys() == compiled.weights.keys()
        assert not any(name.startswith("adam") for name in arrays)
        if step > 0:
            assert all(np.array_equal(array, checkpoints[step][name]) for name, array in arrays.items())
    compiled.start(config)
    assert all(np.array_equal(snapshots[0][name], variable) for name, variable in compiled.weights.items())


def test_a_snapshot_is_the_last_word_of_its_step_but_for_the_checkpoint(course):
    events = course(SHORT)
    for step in (0, 1, 6):
        kinds = [type(event) for event in events if event.step == step and not isinstance(event, Scored)]
        assert kinds.index(SnapshotTaken) == len(kinds) - (1 if step == 0 else 2)


def test_the_first_point_of_the_curves_comes_before_all_else_that_is_measured(course):
    assert [type(event) for event in course(SHORT)[:2]] == [RunStarted, Evaluated]


def test_a_default_runs_snapshots_take_at_most_24_mb_in_the_store(course, tmp_path):
    snapshot = of(SnapshotTaken, course(SHORT))[0]
    store = Store.open(tmp_path)
    run_id = store.add_run(TrainingConfig(), "a" * 64)
    store.append(run_id, [RecordedEvent.of(Step(800, 0.1, 0.9, 20.0))])
    before = store.size()
    for step in SCHEDULE_START:
        store.put_snapshot(run_id, step, pack(dataclasses.replace(snapshot, step=step)))
    assert store.size() - before <= 24_000_000


@pytest.mark.parametrize("implementation", ["layer", "by-hand"])
@pytest.mark.parametrize("changes", [{}, AFTER, {"bug": "never-updated"}])
def test_replaying_recorded_statistics_gives_the_moving_ones_bit_for_bit(course, changes, implementation):
    config = SHORT.with_(implementation=implementation, **changes)
    events = course(config)
    recorded = of(StatisticsRecorded, events)
    momentum = 1.0 if config.bug == "never-updated" else config.momentum
    means = moving_averages(np.stack([event.mean for event in recorded]), momentum, MEAN_START)
    variances = moving_averages(np.stack([event.variance for event in recorded]), momentum, VARIANCE_START)
    for taken in of(CheckpointTaken, events):
        for number in range(1, 21):
            for kind, replayed in (("mean", means), ("variance", variances)):
                (moving,) = (
                    array for path, array in taken.arrays.items() if path.endswith(f"bn_{number}/moving_{kind}")
                )
                assert np.array_equal(replayed[taken.step, Architecture().channels_of(number)], moving)


def test_the_schedule_is_the_one_agreed_on():
    steps = [step for step in range(5001) if is_scheduled(step, 5000)]
    assert steps == [*SCHEDULE_START, *range(1200, 4801, 400), 5000]
    assert is_scheduled(37, 37)


def test_the_notebooks_lines_come_at_its_batches_counted_from_0(long_course):
    checks = of(Checked, long_course)
    assert [(check.batch, check.images) for check in checks] == [
        (0, "validation"),
        (25, "training"),
        (50, "training"),
        (75, "training"),
        (100, "validation"),
        (125, "training"),
    ]
    assert all(check.step == check.batch + 1 for check in checks)


def test_between_scheduled_steps_only_the_moving_statistics_score(long_course):
    evaluations = {event.step: event for event in of(Evaluated, long_course)}
    assert sorted(evaluations) == [0, 1, 2, 5, 10, 20, 25, 50, 75, 100, 125, 126]
    assert evaluations[125].batch is None
    assert evaluations[125].recalibrated is None
    assert evaluations[100].batch is not None
    assert evaluations[100].recalibrated is not None


def test_without_batch_norm_there_is_one_kind_of_score(course):
    events = course(NONE)
    assert all(event.batch is None and event.recalibrated is None for event in of(Evaluated, events))
    assert events[-1].one_by_one_batch is None
    assert events[-1].one_by_one_batch_predictions is None


def test_the_same_seed_gives_the_same_losses_to_the_last_bit(digits, networks, course):
    first = losses(course(SHORT))
    other = updates(SHORT.with_(seed=1), digits, networks(SHORT))
    again = losses(train(SHORT, digits, compiled=networks(SHORT)))
    assert first == again
    assert first != other


def test_another_process_gives_the_same_losses_to_the_last_bit(course, tmp_path):
    script = (
        "from bn_core.runtime import start_tensorflow; start_tensorflow()\n"
        "import pathlib; from bn_core.config import TrainingConfig; from bn_core.data.files import load\n"
        "from bn_core.training.events import Step; from bn_core.training.loop import train\n"
        f"config = TrainingConfig.of({SHORT.with_(batches=2).to_json()!r})\n"
        f"dataset = load('mnist-5k', home=pathlib.Path({str(tmp_path)!r}))\n"
        "print([event.loss.hex() for event in train(config, dataset) if isinstance(event, Step)])\n"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == str([loss.hex() for loss in losses(course(SHORT))[:2]])


def test_evaluating_changes_nothing_that_trains(digits, networks, course):
    """A run that is scored at every scheduled step ends in the same bits as bare updates."""
    scored = of(CheckpointTaken, course(SHORT))[-1].arrays
    assert updates(SHORT, digits, networks(SHORT)) == losses(course(SHORT))
    bare = networks(SHORT).arrays()
    assert scored.keys() == bare.keys()
    assert all(np.array_equal(scored[name], bare[name]) for name in bare)


@pytest.mark.parametrize("changes", [{}, AFTER, {"implementation": "by-hand"}])
def test_a_run_goes_on_from_a_checkpoint_as_if_it_had_not_stopped(digits, networks, course, changes):
    config = SHORT.with_(**changes)
    compiled = networks(config)
    whole = [event for event in course(config) if not isinstance(event, CheckpointTaken)]
    commands = iter(["go"] * 3 + ["stop"])
    first = list(train(config, digits, compiled=compiled, command=lambda: next(commands)))
    assert isinstance(first[-1], Stopped)
    assert first[-1].step == 4
    assert isinstance(first[-2], CheckpointTaken)
    updates(config.with_(seed=3), digits, compiled)  # somebody else's run comes between
    rest = list(train(config, digits, compiled=compiled, checkpoint=unpack(pack(first[-2]))))
    assert rest[0].step == 4
    expected = [without_times(event) for event in whole if not isinstance(event, RunStarted) and event.step > 4]
    got = [without_times(event) for event in rest[1:]]
    assert [pack(event) for event in got] == [pack(event) for event in expected]


def test_a_checkpoint_of_another_network_is_refused(digits, networks, course):
    taken = of(CheckpointTaken, course(SHORT))[0]
    none = SHORT.with_(placement="none")
    with pytest.raises(ValueError, match="another network"):
        next(train(none, digits, compiled=networks(none), checkpoint=taken))
    with pytest.raises(ValueError, match="another network"):
        next(train(none, digits, compiled=networks(SHORT)))


def test_checkpoints_come_every_50_steps(long_course):
    assert [event.step for event in of(CheckpointTaken, long_course)] == [50, 100]


@pytest.mark.parametrize("changes", [{}, AFTER])
def test_by_hand_follows_the_layer_for_20_batches(digits, networks, changes):
    layer = SHORT.with_(batches=20, batch_size=64, **changes)
    by_hand = layer.with_(implementation="by-hand")
    one, other = (updates(config, digits, networks(config)) for config in (layer, by_hand))
    assert np.allclose(one, other, rtol=1e-3, atol=0)


def test_learning_rate_momentum_and_epsilon_reach_a_program_traced_for_others(digits, networks, course):
    """They are tensors: a network compiled with the defaults must not remember them."""
    compiled, base = networks(SHORT), SHORT.with_(batches=2)
    plain = course(SHORT)
    faster = updates(base.with_(learning_rate=0.02), digits, compiled)
    epsilon = updates(base.with_(epsilon=0.5), digits, compiled)
    fresher = list(train(base.with_(momentum=0.5), digits, compiled=compiled))
    assert losses(plain)[0] == faster[0]
    assert losses(plain)[1] != faster[1]
    assert losses(plain)[0] != epsilon[0]
    assert losses(plain)[:2] == losses(fresher), "the moving statistics play no part in training mode"
    (scored,) = [event for event in of(Evaluated, plain) if event.step == 2]
    assert scored.moving.loss != of(Evaluated, fresher)[-1].moving.loss


def test_numbers_that_grow_too_large_end_the_run_with_step_and_layer(digits, networks):
    config = SHORT.with_(placement="none", bias=True, initializer="he", learning_rate=1.0, batches=400)
    events = list(train(config, digits, compiled=networks(config)))
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.step == of(Step, events)[-1].step + 1
    assert failed.layer in {f"conv_{i}" for i in range(1, 20)} | {"dense", "logits"}
    assert failed.layer in failed.cause
    assert all(np.isfinite(losses(events)))
    assert all(np.isfinite(array).all() for array in networks(config).arrays().values()), "the weights were kept"


class TestBugs:
    """Each bug of `TrainingConfig.bug` does what it says, and nothing else."""

    def moving_statistics(self, events):
        last = of(CheckpointTaken, events)[-1]
        return {name: array for name, array in last.arrays.items() if "moving" in name}

    def test_never_updated_leaves_0_and_1(self, course):
        statistics = self.moving_statistics(course(SHORT.with_(bug="never-updated")))
        assert all(np.all(array == ("variance" in name)) for name, array in statistics.items())

    def test_batch_at_test_scores_a_lone_image_with_its_own_statistics(self, course):
        scored = course(SHORT.with_(bug="batch-at-test", batches=2))[-1]
        assert len(set(scored.one_by_one_predictions.tolist())) == 1
        assert scored.one_by_one == scored.one_by_one_batch

    def test_leaky_evaluation_moves_the_moving_statistics(self, course):
        healthy, leaky = (
            self.moving_statistics(event for event in course(config) if event.step <= 2)
            for config in (SHORT, SHORT.with_(bug="leaky-evaluation", batches=2))
        )
        assert any(not np.array_equal(healthy[name], leaky[name]) for name in healthy)

    @pytest.mark.parametrize("bug", ["none", "leaky-evaluation"])
    def test_the_updates_of_moving_statistics_are_counted_as_they_happen(self, digits, networks, monkeypatch, bug):
        """What `moving_updates` says, by the calls that move them; evaluations borrow the statistics or leak."""
        config = SHORT.with_(bug=bug, batches=27)
        compiled, calls, borrowed = networks(config), [], []
        trained, scored = type(compiled).step, type(compiled).in_training_mode
        borrow = type(compiled).borrowed_statistics

        def counted(original):
            def call(self, *given):
                calls.append(not borrowed)
                return original.__get__(self, type(self))(*given)

            return call

        @contextmanager
        def counted_borrow(self):
            borrowed.append(True)
            with borrow(self):
                yield
            borrowed.pop()

        monkeypatch.setattr(type(compiled), "step", counted(trained))
        monkeypatch.setattr(type(compiled), "in_training_mode", counted(scored))
        monkeypatch.setattr(type(compiled), "borrowed_statistics", counted_borrow)
        for event in train(config, digits, compiled=compiled):
            if isinstance(event, Evaluated):
                leaked = updates_by_checks(event.step, len(digits.validation_labels)) if bug != "none" else 0
                assert sum(calls) == event.step + leaked, event.step

    def test_no_training_mode_never_uses_the_batch(self, course):
        statistics = self.moving_statistics(course(SHORT.with_(bug="no-training-mode", batches=2)))
        assert all(np.all(array == ("variance" in name)) for name, array in statistics.items())

    def test_sorted_batches_hold_one_class(self, digits):
        config = SHORT.with_(bug="sorted-batches")
        assert set(training_batch(config, digits, 0)[1].tolist()) == {0}
        assert len(set(training_batch(SHORT, digits, 0)[1].tolist())) > 1

    def test_wrong_axes_train(self, digits, networks):
        config = SHORT.with_(bug="wrong-axes", batches=1)
        assert isinstance(list(train(config, digits, compiled=networks(config)))[-1], Scored)
