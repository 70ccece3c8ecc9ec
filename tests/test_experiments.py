"""What is proposed after a run: one experiment, for a reason that the run itself shows."""

from __future__ import annotations

import itertools
from dataclasses import asdict, replace

import pytest

from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from bn_core.experiments import Figures, experiments, figures_of, next_experiment
from bn_core.experiments.choosing import CONDITIONS

HEALTHY = Figures(96.0, 10_000, 97, 96.0, 96.4, 0.4, 150, 11.0, 89.0, 400)
NO_BN = Figures(11.4, 10_000, 14, 11.0)


def proposed(figures: Figures, done: set[str] | None = None, **fields: object) -> str:
    return next_experiment(TrainingConfig.of(fields), figures, done or set()).key


class TestChoice:
    @pytest.mark.parametrize(
        ("figures", "fields", "key"),
        [
            (HEALTHY, {}, "earlier"),
            (replace(HEALTHY, test=9.8), {"batches": 1}, "longer"),
            (replace(HEALTHY, test=9.8), {"batches": 2, "bug": "never-updated"}, "longer"),
            (replace(NO_BN, test=9.8), {"batches": 1, "placement": "none"}, "longer"),
            (replace(HEALTHY, test=80.0), {"epsilon": 1.0}, "smaller-epsilon"),
            (HEALTHY, {"epsilon": 1.0}, "earlier"),
            (HEALTHY, {"momentum": 0.9}, "after"),
            (HEALTHY, {"placement": "after", "momentum": 0.9}, "before"),
            (HEALTHY, {"bias": True, "momentum": 0.9}, "drop-the-bias"),
            (replace(HEALTHY, lag=20.0), {"momentum": 0.999}, "fresher"),
            (replace(HEALTHY, test=11.0), {"batch_size": 2}, "larger-batches"),
            (replace(HEALTHY, test=88.0), {"learning_rate": 0.03}, "slower"),
            (replace(HEALTHY, test=11.0), {"bug": "never-updated"}, "mend"),
            (NO_BN, {"placement": "none"}, "add-bn"),
            (replace(NO_BN, test=95.0), {"placement": "none"}, "toss"),
        ],
    )
    def test_it_follows_from_what_the_run_showed(self, figures: Figures, fields: dict, key: str) -> None:
        assert proposed(figures, **fields) == key

    def test_what_was_tried_is_passed_over_until_nothing_else_is_left(self) -> None:
        config, done, keys = TrainingConfig(), set[str](), []
        for _ in range(5):
            experiment = next_experiment(config, HEALTHY, done)
            keys.append(experiment.key)
            done.add(experiment.config(config).identity)
        assert keys == ["earlier", "after", "seed", "earlier", "earlier"]

    def test_where_nothing_was_learned_no_other_placement_is_proposed(self) -> None:
        done = {TrainingConfig(batch_size=64).identity, TrainingConfig(batch_size=2, momentum=0.9).identity}
        for placement in ("before", "after"):
            for bias in (True, False):
                fields = {"placement": placement, "bias": bias, "batch_size": 2}
                done.add(TrainingConfig.of(fields | {"batch_size": 64}).identity)
                done.add(TrainingConfig.of(fields | {"momentum": 0.9}).identity)
                assert proposed(replace(HEALTHY, test=10.5), done, **fields) == "seed"

    def test_the_last_seed_is_followed_by_the_first(self) -> None:
        seed = next(each for each in experiments() if each.key == "seed")
        assert seed.config(TrainingConfig(seed=2**31 - 1)).seed == 0

    def test_every_condition_is_used_and_every_one_that_is_used_is_there(self) -> None:
        assert {each.when for each in experiments()} == set(CONDITIONS)
        assert experiments()[-1].when == "any"


def test_every_recorded_run_is_followed_by_another_training_with_a_reason_that_can_be_said() -> None:
    keys = set()
    for member in library().members():
        config, came = member.record.config, figures_of(member.record.config, library().history(member.record.id))
        assert came is not None
        experiment = next_experiment(config, came)
        keys.add(experiment.key)
        assert experiment.config(config).identity != config.identity
        said = experiment.reason.format(**(asdict(config) | asdict(came)))
        assert "None" not in said
        assert "nan" not in said
    assert len(keys) >= 6


def test_every_reason_can_be_said_where_its_condition_holds() -> None:
    changes = [{}, {"bug": "wrong-axes"}, {"placement": "none"}, {"batch_size": 4}, {"learning_rate": 0.5}]
    changes += [{"momentum": 0.999}, {"bias": True}, {"placement": "after"}]
    shown = [HEALTHY, NO_BN, replace(HEALTHY, lag=50.0, test=12.0, caught_up=None), replace(NO_BN, test=99.0)]
    for change, came, experiment in itertools.product(changes, shown, experiments()):
        config = TrainingConfig.of(change)
        if config.normalized == (came.lag is not None) and CONDITIONS[experiment.when](config, came):
            assert "None" not in experiment.reason.format(**(asdict(config) | asdict(came)))


class TestFigures:
    def test_they_are_the_runs(self) -> None:
        member = library().find("before")
        assert member is not None
        history = library().history(member.record.id)
        came = figures_of(member.record.config, history)
        assert came is not None
        assert history.scored is not None
        assert came.test == 100 * history.scored.test.accuracy
        assert came.samples == 99
        assert (came.widest, came.caught_up) == (150, 300)
        assert came.plateau > 70

    def test_without_bn_there_are_no_statistics(self) -> None:
        member = library().find("none")
        assert member is not None
        came = figures_of(member.record.config, library().history(member.record.id))
        assert came is not None
        assert (came.recalibrated, came.lag, came.widest, came.caught_up, came.plateau) == (None, None, None, None, 0)
