"""Each mistake of Break it, trained for real: its inequality holds over three seeds and fails on the healthy run.

`pytest -m slow tests/training/test_bug_runs.py`: 39 trainings on full MNIST, some 20 minutes.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bn_core.config import TrainingConfig
from bn_core.exhibits.catalogue import BUG_SEEDS, BUGS, HEALTHY, RACE
from bn_core.exhibits.curves import Curves
from bn_core.exhibits.fingerprints import FINGERPRINTS, fingerprint
from bn_core.network.compiled import CompiledNetwork, prepare
from bn_core.runs.history import RunHistory
from bn_core.training.events import Checked, Evaluated, Failed, RunStarted, Scored, Step, Stopped
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
