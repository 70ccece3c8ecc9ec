"""What a sweep trains, and how a person says so."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.sweeps.plan import MOST_MEMBERS, Sweep, SweepProblem
from bn_core.sweeps.reading import of_file, of_lists, to_toml, values_of

PLACEMENTS = st.lists(st.sampled_from(["none", "before", "after"]), min_size=1, max_size=3, unique=True)
RATES = st.lists(st.floats(1e-5, 1.0), min_size=1, max_size=4, unique=True)
SEEDS = st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=4, unique=True)


@given(placements=PLACEMENTS, rates=RATES, seeds=SEEDS)
def test_every_combination_is_a_member(placements: list[str], rates: list[float], seeds: list[int]) -> None:
    sweep = Sweep.of("all", {"batches": 100}, {"placement": placements, "learning_rate": rates, "seed": seeds})
    expected = {
        TrainingConfig.of({"batches": 100, "placement": placement, "learning_rate": rate, "seed": seed}).identity
        for placement, rate, seed in itertools.product(placements, rates, seeds)
    }
    assert {member.identity for member in sweep.members} == expected
    assert len(sweep.members) == len(expected)


@given(placements=PLACEMENTS, seeds=SEEDS)
def test_arms_have_results_side_by_side_at_any_time(placements: list[str], seeds: list[int]) -> None:
    sweep = Sweep.of("all", {}, {"placement": placements, "seed": seeds})
    for place, member in enumerate(sweep.members):
        assert member.seed == seeds[place // len(placements)]
        assert member.placement == placements[place % len(placements)]


@given(placements=PLACEMENTS, rates=RATES, seeds=SEEDS, title=st.text("ab \"\\'é?", min_size=1, max_size=20))
def test_a_sweep_is_read_back_from_its_file(
    tmp_path_factory: pytest.TempPathFactory, placements: list[str], rates: list[float], seeds: list[int], title: str
) -> None:
    varied = {"placement": placements, "learning_rate": rates, "seed": seeds}
    sweep = Sweep.of(title.strip() or "x", {"batches": 100, "bias": True}, varied)
    file = tmp_path_factory.mktemp("sweep") / "one.toml"
    file.write_text(to_toml(sweep), encoding="utf-8")
    assert of_file(file) == sweep


def test_a_bias_is_each_placements_own_where_nobody_said() -> None:
    sweep = Sweep.of("bias", {}, {"placement": ["none", "before"]})
    assert [member.bias for member in sweep.members] == [True, False]


def test_what_describes_the_same_training_is_one_arm() -> None:
    varied = {"placement": ["none", "before"], "implementation": ["layer", "by-hand"]}
    assert [arm.name for arm in Sweep.of("two", {}, varied).arms] == [
        "placement=none implementation=layer",
        "placement=before implementation=layer",
        "placement=before implementation=by-hand",
    ]


def test_every_pair_is_planned_where_none_is_named() -> None:
    sweep = Sweep.of("all", {}, {"placement": ["none", "before", "after"], "seed": [0, 1]})
    assert sweep.pairs == (
        ("placement=none", "placement=before"),
        ("placement=none", "placement=after"),
        ("placement=before", "placement=after"),
    )


def test_of_very_many_arms_no_pair_is_planned_unless_it_is_named() -> None:
    rates = [f"{rate / 1000}" for rate in range(1, 16)]
    assert Sweep.of("many", {}, {"learning_rate": rates}).pairs == ()
    assert len(Sweep.of("fewer", {}, {"learning_rate": rates[:14]}).pairs) == 91


def test_a_pair_is_named_by_what_tells_its_arms() -> None:
    varied = {"placement": ["before", "after"], "learning_rate": ["0.1", "0.01"]}
    pair = ({"placement": "before", "learning_rate": 0.1}, {"placement": "after", "learning_rate": 0.1})
    assert Sweep.of("one", {}, varied, [pair]).pairs == (
        ("placement=before learning_rate=0.1", "placement=after learning_rate=0.1"),
    )


@pytest.mark.parametrize(
    ("fixed", "varied", "pairs", "words"),
    [
        ({}, {"colour": ["red"]}, None, "no field 'colour'"),
        ({}, {"placement": ["above"]}, None, "placement must be one of"),
        ({}, {"placement": []}, None, "no values"),
        ({}, {"placement": ["none", "none"]}, None, "the value none twice"),
        ({}, {"learning_rate": ["0.1", "1e-1"]}, None, "the value 0.1 twice"),
        ({"seed": 1}, {"seed": [1, 2]}, None, "both fixed and varied"),
        ({"batches": 0}, {}, None, "batches must be"),
        ({}, {"seed": list(range(MOST_MEMBERS)), "placement": ["none", "before"]}, None, "2,000 trainings"),
        ({}, {"placement": ["none", "before"]}, [({"placement": "after"}, {"placement": "none"})], "No arm"),
        ({}, {"placement": ["none", "before"]}, [({}, {"placement": "none"})], "2 arms"),
        ({}, {"placement": ["none", "before"]}, [({"placement": "none"}, {"placement": "none"})], "with itself"),
        (
            {},
            {"placement": ["none", "before"]},
            [({"placement": "none"}, {"placement": "before"}), ({"placement": "before"}, {"placement": "none"})],
            "named twice",
        ),
    ],
)
def test_what_is_no_sweep_is_said_in_one_sentence(fixed, varied, pairs, words: str) -> None:
    with pytest.raises(SweepProblem, match=words) as raised:
        Sweep.of("wrong", fixed, varied, pairs)
    assert "\n" not in str(raised.value)
    assert str(raised.value).endswith(".")


class TestLists:
    @pytest.mark.parametrize(
        ("name", "text", "values"),
        [
            ("seed", "0-4", ("0", "1", "2", "3", "4")),
            ("seed", "7", ("7",)),
            ("batch_size", "8-9, 64", ("8", "9", "64")),
            ("placement", "none, before", ("none", "before")),
            ("learning_rate", "1e-3,0.1", ("1e-3", "0.1")),
        ],
    )
    def test_values_and_ranges(self, name: str, text: str, values: tuple[str, ...]) -> None:
        assert values_of(name, text) == values

    @pytest.mark.parametrize("text", ["4-0", "0-1000", "1-99999999"])
    def test_no_range_is_endless(self, text: str) -> None:
        with pytest.raises(SweepProblem, match="range"):
            values_of("seed", text)

    def test_one_value_is_fixed_and_several_are_varied(self) -> None:
        sweep = of_lists("two", {"placement": "none,before", "batches": "100", "seed": "0-1"})
        assert sweep == Sweep.of("two", {"batches": 100}, {"placement": ["none", "before"], "seed": [0, 1]})


class TestFile:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("title = ", "this is not TOML"),
            ("colour = 1", "no key 'colour'"),
            ("title = 1", "title must be"),
            ("fixed = 1", "begin it by"),
            ("[varied]\nseed = 3", "must be a list"),
            ("[varied]\nseed = [0.5]", "seed must be"),
            ("pairs = 3", "pairs must be a list"),
            ("pairs = [3]", "must be two tables"),
        ],
    )
    def test_a_mistake_in_it_is_one_sentence(self, tmp_path: Path, text: str, words: str) -> None:
        file = tmp_path / "mine.toml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SweepProblem, match=words) as raised:
            of_file(file)
        assert str(raised.value).startswith("mine.toml")
        assert "\n" not in str(raised.value)

    def test_what_is_no_file_or_no_text_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(SweepProblem, match="There is no file"):
            of_file(tmp_path / "nowhere.toml")
        with pytest.raises(SweepProblem, match="cannot be read"):
            of_file(tmp_path)
        (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
        with pytest.raises(SweepProblem, match="UTF-8"):
            of_file(tmp_path / "bytes.toml")
        (tmp_path / "large.toml").write_bytes(b"#" * 200_000)
        with pytest.raises(SweepProblem, match="larger than"):
            of_file(tmp_path / "large.toml")
