"""What a sweep trains: a configuration of which some fields take several values, each combination of them a member."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bn_core.config import FIELD_BY_NAME, ConfigError, TrainingConfig, shown, url_text

SEED = "seed"
"""The field that repeats a training and does not change what is trained."""

MOST_MEMBERS = 1000
"""So many trainings a sweep has at most."""

MOST_PAIRS = 100
"""So many pairs are compared at most."""


class SweepProblem(ValueError):  # noqa: N818 - named for what it tells
    """Something that is no sweep. Its text is one sentence: what is wrong, and what to do."""


@dataclass(frozen=True)
class Arm:
    """Those members of a sweep that differ in their seed alone.

    Attributes:
        values: the varied fields with their values here, without the seed; none where only the seed is varied.
        members: one configuration for each seed.
    """

    values: tuple[tuple[str, Any], ...]
    members: tuple[TrainingConfig, ...]

    @property
    def name(self) -> str:
        """How files and tables call it: `placement=before learning_rate=0.01`."""
        return named(self.values)


@dataclass(frozen=True)
class Sweep:
    """Trainings to be compared. Make one by `Sweep.of`, which checks it.

    Attributes:
        title: what it is called or asks, at most 80 characters.
        fixed: fields with one value, other than the default.
        varied: fields with the values that they take, in their order; `seed` is one of them.
        pairs: the arms to be compared, each by its name: which, and with which. It is planned before anything is known.
    """

    title: str
    fixed: tuple[tuple[str, Any], ...]
    varied: tuple[tuple[str, tuple[Any, ...]], ...]
    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls,
        title: str,
        fixed: Mapping[str, object],
        varied: Mapping[str, Sequence[object]],
        pairs: Iterable[tuple[Mapping[str, object], Mapping[str, object]]] | None = None,
    ) -> Sweep:
        """Return the sweep of these values; numbers may come as text.

        Args:
            pairs: for each pair two arms, by the varied fields that tell them; None for every pair of arms, or for none
                where these are more than 100.

        Raises:
            SweepProblem: it is none; the first thing that is wrong with it.
        """
        values: dict[str, tuple[Any, ...]] = {}
        for name, given in varied.items():
            values[name] = _different(name, tuple(_parsed(name, each) for each in given))
        if both := [name for name in fixed if name in values]:
            raise SweepProblem(f"{both[0]} is both fixed and varied: leave one of them out.")
        values.setdefault(SEED, (_parsed(SEED, fixed.get(SEED, TrainingConfig.seed)),))
        kept = tuple((name, _parsed(name, value)) for name, value in fixed.items() if name != SEED)
        count = functools.reduce(int.__mul__, map(len, values.values()))
        if count > MOST_MEMBERS:
            raise SweepProblem(f"These are {count:,} trainings: vary less, a sweep has {MOST_MEMBERS:,} at most.")
        sweep = cls(title, kept, tuple(values.items()), ())
        arms = sweep.arms
        if pairs is None:
            few = len(arms) * (len(arms) - 1) // 2 <= MOST_PAIRS
            every = itertools.combinations(arms, 2) if few else ()
            planned = tuple((one.name, other.name) for one, other in every)
        else:
            planned = tuple((_arm(arms, one).name, _arm(arms, other).name) for one, other in pairs)
        if same := [one for one, other in planned if one == other]:
            raise SweepProblem(f"A pair compares {same[0] or 'the only arm'} with itself: name another arm.")
        if len(set(map(frozenset, planned))) < len(planned):
            raise SweepProblem("A pair of arms is named twice: leave one of them out.")
        if len(planned) > MOST_PAIRS:
            raise SweepProblem(f"These are {len(planned):,} pairs: name {MOST_PAIRS} at most.")
        return cls(title, kept, sweep.varied, planned)

    @functools.cached_property
    def arms(self) -> tuple[Arm, ...]:
        """The arms, in the order of the values. Where two combinations describe the same training, as a placement of
        none by the layer and by hand, the first one counts."""
        fields = [(name, values) for name, values in self.varied if name != SEED]
        seeds = dict(self.varied)[SEED]
        found: dict[str, Arm] = {}
        for combination in itertools.product(*(values for _, values in fields)):
            chosen = tuple(zip((name for name, _ in fields), combination, strict=True))
            members = tuple(TrainingConfig.of(dict(self.fixed) | dict(chosen) | {SEED: seed}) for seed in seeds)
            found.setdefault(members[0].identity, Arm(chosen, members))
        return tuple(found.values())

    @property
    def members(self) -> tuple[TrainingConfig, ...]:
        """Every training, seed by seed: so all arms have equally many results at any time."""
        return tuple(itertools.chain.from_iterable(zip(*(arm.members for arm in self.arms), strict=True)))


def named(values: Iterable[tuple[str, Any]]) -> str:
    """Return how an arm is called."""
    return " ".join(f"{name}={url_text(value)}" for name, value in values)


def _parsed(name: str, value: object) -> Any:
    if name not in FIELD_BY_NAME:
        raise SweepProblem(f"There is no field {shown(name)}: use {', '.join(FIELD_BY_NAME)}.")
    try:
        return getattr(TrainingConfig.of({name: value}), name)
    except ConfigError as error:
        raise SweepProblem(error.problems[0].sentence) from error


def _different(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise SweepProblem(f"{name} has no values: name at least one, or leave it out.")
    if len(set(values)) < len(values):
        twice = next(value for place, value in enumerate(values) if value in values[:place])
        raise SweepProblem(f"{name} has the value {url_text(twice)} twice: leave one of them out.")
    return values


def _arm(arms: Sequence[Arm], told: Mapping[str, object]) -> Arm:
    """Return the one arm that has these values."""
    wanted = {name: _parsed(name, value) for name, value in told.items()}
    found = [arm for arm in arms if wanted.items() <= dict(arm.values).items()]
    words = named(wanted.items()) or "an empty table"
    if not found:
        raise SweepProblem(f"No arm of this sweep is {words}: name values that it varies.")
    if len(found) > 1:
        raise SweepProblem(f"{len(found)} arms of this sweep are {words}: name more of what is varied.")
    return found[0]
