"""The channels that were captured when a run was recorded, with the images that they answer to."""

from __future__ import annotations

from dataclasses import dataclass

from bn_core.exhibits import CapturedBatch, CapturedChannel, Member, library
from bn_core.network.architecture import CONV_LAYERS, conv_layers

LAYERS = tuple(range(1, CONV_LAYERS + 2))
"""The normalized layers: 19 convolutions, then the dense layer."""

DENSE = LAYERS[-1]


@dataclass(frozen=True, eq=False)
class Shelf:
    """What was captured of one run.

    Attributes:
        member: the run.
        batch: the images.
    """

    member: Member
    batch: CapturedBatch

    @property
    def steps(self) -> tuple[int, ...]:
        """The moments at which channels were captured, ascending."""
        return self.member.snapshot_steps

    def channel(self, step: int, layer: int, place: int) -> CapturedChannel | None:
        """A channel at a moment; None where it cannot be read."""
        return library().channel(self.member.record.id, step, layer, place)


def shelf() -> Shelf | None:
    """What was captured; None where the recorded runs did not come with this copy of the app, or are damaged."""
    member = next((member for member in library().members() if member.captured), None)
    batch = None if member is None else library().captured_batch(member.record.id)
    return None if member is None or batch is None else Shelf(member, batch)


def side(layer: int) -> int:
    """How many pixels a side the map of a layer has; the dense layer has one number."""
    return 1 if layer == DENSE else conv_layers()[layer - 1].size
