"""What the home page is made of: the recorded race and its sweep over seeds, read once a process."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from bn_core.exhibits import Library, Member, Provenance
from bn_core.exhibits.catalogue import RACE, SWEEP_SEEDS
from pages.race_page import findings
from pages.race_page.lanes import Lane, lane


@dataclass(frozen=True, eq=False)
class Material:
    """Everything that the home page shows. One a process, so what is made of it is made once.

    Attributes:
        lanes: the networks that race, in the order in which they are named everywhere.
        seeds: how the networks ended, for the seeds with which all of them are recorded.
        runs: for each network the ids of its runs, by seed.
        snapshot_steps: the steps at which everything can be asked of the networks that race.
    """

    lanes: tuple[Lane, ...]
    signal: findings.Signal
    seeds: findings.Seeds
    runs: dict[str, dict[int, str]]
    snapshot_steps: tuple[int, ...]
    provenance: Provenance

    def lane(self, key: str) -> Lane:
        """The network with this key. Raises StopIteration for a key that does not race."""
        return next(lane for lane in self.lanes if lane.key == key)


@functools.cache
def material(library: Library) -> Material | None:
    """The recorded race with what its findings need; None where this copy of the app does not have the race."""
    try:
        return _read(library)
    except LookupError:
        return None


def _read(library: Library) -> Material:
    members = {(member.variant, member.record.config.seed): member for member in library.members("sweep")}
    keys = [variant.key for variant in RACE]
    racing = [members[key, 0] for key in keys]
    plain, normalized = (library.probes(members[key, 0].record.id).probes[0] for key in ("none", "before"))
    seeds = tuple(seed for seed in SWEEP_SEEDS if all((key, seed) in members for key in keys))
    return Material(
        tuple(lane(member.variant, member.record, library.history(member.record.id)) for member in racing),
        findings.signal(plain, normalized, library.history(members["none", 0].record.id).scored),
        _sweep(library, {key: [members[key, seed] for seed in seeds] for key in keys}, seeds),
        {key: {seed: members[key, seed].record.id for seed in seeds} for key in keys},
        racing[0].snapshot_steps,
        racing[0].provenance,
    )


def _sweep(library: Library, by_key: dict[str, list[Member]], seeds: tuple[int, ...]) -> findings.Seeds:
    histories = {key: [library.history(member.record.id) for member in members] for key, members in by_key.items()}
    return findings.Seeds(
        seeds,
        {key: tuple(member.record.test_accuracy or 0.0 for member in members) for key, members in by_key.items()},
        {
            key: tuple(
                lane(key, member.record, history).asked for member, history in zip(members, histories[key], strict=True)
            )
            for key, members in by_key.items()
        },
        {key: tuple(findings.falls(history.losses) for history in those) for key, those in histories.items()},
    )
