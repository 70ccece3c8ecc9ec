"""The sweeps that come along: each is one that its five seeds can answer."""

from pathlib import Path

import pytest

import bn_core.sweeps
from bn_core.sweeps.reading import of_file
from bn_core.verdict import seeds_for_pairs

FILES = sorted((Path(bn_core.sweeps.__file__).parent / "ready").glob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_ready_made_sweep_plans_no_more_pairs_than_its_seeds_can_tell(file):
    sweep = of_file(file)
    assert sweep.title.endswith("?")
    assert sweep.pairs
    assert seeds_for_pairs(len(sweep.pairs)) <= len(dict(sweep.varied)["seed"]) == 5


def test_there_are_five_questions():
    assert {file.stem for file in FILES} == {"before-or-after", "learning-rate", "batch-size", "initializer", "bias"}
