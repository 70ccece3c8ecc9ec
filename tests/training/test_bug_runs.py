"""Each mistake of Break it, trained for real: its inequality holds over three seeds and fails on the healthy run.

`pytest -m slow tests/training/test_bug_runs.py`: 39 trainings on full MNIST, some 20 minutes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from bn_core.batch_norm.population import VARIANCE_START, moving_averages
from bn_core.config import TrainingConfig
from bn_core.exhibits.catalogue import BUG_SEEDS, BUGS, HEALTHY, RACE
from bn_core.exhibits.curves import Curves
from bn_core.exhibits.fingerprints import FINGERPRINTS, fingerprint
from bn_core.network.compiled import CompiledNetwork, prepare
from bn_core.runs.history import RunHistory
from bn_core.training.events import Checked, Evaluated, Failed, RunStarted, Scored, StatisticsRecorded, Step, Stopped
from bn_core.training.loop import train

pytestmark = pytest.mark.slow

KEPT = (RunStarted, Step, Evaluated, Checked, Scored, Stopped, Failed)
CONFIGS = {variant.key: variant.config for variant in (*RACE, *BUGS)}


@pytest.fixture(scope="module")
def trained(full_mnist) -> Callable[[str, int], RunHistory]:
    """The history of a variant with a seed, each trained once."""
    networks: dict[tuple, CompiledNetwork] = {}
    histories: dict[tuple[str, int], RunHistory] = {}

    def run(config: TrainingConfig) -> RunHistory:
        if config.compile_key not in networks:
            networks[config.compile_key] = prepare(config)
        events = train(config, full_mnist, compiled=networks[config.compile_key])
        return Curves.of([event for event in events if isinstance(event, KEPT)]).history("trained")

    def history(key: str, seed: int) -> RunHistory:
        if (key, seed) not in histories:
            histories[key, seed] = run(CONFIGS[key].with_(seed=seed))
        return histories[key, seed]

    return history


@pytest.mark.parametrize("seed", BUG_SEEDS)
@pytest.mark.parametrize("key", [bug.key for bug in BUGS])
def test_the_inequality_holds_with_the_mistake(trained, key: str, seed: int) -> None:
    reading = fingerprint(key).read(trained(key, seed))
    assert reading.holds, [(finding.condition.text, finding.value) for finding in reading.findings]


@pytest.mark.parametrize("seed", BUG_SEEDS)
def test_no_inequality_holds_in_the_healthy_run(trained, seed: int) -> None:
    healthy = trained(HEALTHY, seed)
    assert [known.key for known in FINGERPRINTS if known.read(healthy).holds] == []
    assert fingerprint(HEALTHY).read(healthy).holds


@pytest.mark.parametrize("seed", BUG_SEEDS)
def test_a_large_learning_rate_puts_every_layer_off_by_a_small_factor(full_mnist, seed: int) -> None:
    """What Break it says of it: after ten batches no layer's moving deviation is far from the batch's, but the network
    multiplies what twenty layers are off by."""
    config = CONFIGS["learning-rate-x15"].with_(seed=seed)
    events = list(itertools.takewhile(lambda event: event.step <= 10, train(config, full_mnist)))
    batches = np.stack([event.variance for event in events if isinstance(event, StatisticsRecorded)])
    moving = moving_averages(batches, config.momentum, VARIANCE_START)[-1]
    architecture = config.architecture
    off = [
        float(np.median(np.sqrt(batches[-1] / moving)[architecture.channels_of(layer)]))
        for layer in architecture.numbers
    ]
    assert all(1 / 8 < factor < 8 for factor in off), off
    assert np.prod([factor for factor in off if factor > 1]) > 100, off
