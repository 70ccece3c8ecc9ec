"""One training on a worker: consumes the trainer's events, obeys the control and fills the feed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any, cast

from bn_core.config import TrainingConfig
from bn_core.data.catalogue import DatasetUnavailable
from bn_core.engine import wording
from bn_core.engine.control import Control
from bn_core.engine.feed import Feed
from bn_core.engine.holdings import Holdings
from bn_core.engine.items import Checkpoint, Compiling, Ended, Item, Paused, Resumed, Snapshot
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.records import Recording
from bn_core.training import events
from bn_core.training.events import (
    CheckpointTaken,
    Event,
    Failed,
    RecordedEvent,
    RunStarted,
    Scored,
    SnapshotTaken,
    StatisticsRecorded,
    Stopped,
)

INSIDE = (SnapshotTaken, LayersProbed, StatisticsRecorded)
"""What is inside the layers: more than nine tenths of what a run says."""

SECONDS_BETWEEN_CHECKPOINTS = 30.0
"""Of a run of which only the scores are kept: what a lost worker costs at most. All its scores together are smaller
than one checkpoint, and a cluster would carry little else."""

_log = logging.getLogger(__name__)


class TrainingSession:
    """A training with its control. `run` is for the training's thread; any other may use the control meanwhile.

    Args:
        checkpoint: where to go on from; None for the beginning.
        recording: with "scores" what is inside the layers stays here, and so do checkpoints that nobody asked for, but
            for one now and then.
        clock: seconds on a clock that only goes forward.
    """

    def __init__(
        self,
        config: TrainingConfig,
        checkpoint: CheckpointTaken | None,
        control: Control,
        feed: Feed,
        recording: Recording = "everything",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._checkpoint = checkpoint
        self._control = control
        self._feed = feed
        self._inside = recording == "everything"
        self._clock = clock
        self._kept_at = clock()
        self._paused = False
        self._step = 0 if checkpoint is None else checkpoint.step

    def run(self, holdings: Holdings) -> None:
        """Train to the training's end; never raise.

        Whatever goes wrong becomes a `Failed` event: what was recorded stays, and the reader learns why it ended.
        """
        try:
            self._end(self._train(holdings))
        except DatasetUnavailable as problem:
            self._fail(str(problem))
        except Exception as error:
            _log.exception("The training of %s ended by an error", self._config)
            self._fail(
                f"The training ended by an error that is not its own: {wording.named(error)}. Try it again; if it "
                "happens again, the engine's log has the details."
            )

    def _train(self, holdings: Holdings) -> Event | None:
        """Return the training's last event; None if it was asked to leave."""
        dataset = holdings.dataset(self._config)
        network = holdings.network(self._config, lambda: self._feed.put(Compiling()))
        training = holdings.trainer.train(self._config, dataset, network, self._checkpoint, self._control.after_step)
        # To close a generator in the middle is how a training leaves its network to the next.
        with closing(cast(Any, training)):
            return self._consume(training)

    def _consume(self, training: Iterator[Event]) -> Event | None:
        event: Event | None = None
        for event in training:
            self._step = event.step
            if not self._is_kept(event):
                continue
            self._feed.put(_item(event))
            # Here the state is that of one step: the training's first, or one of which there is a checkpoint.
            if isinstance(event, CheckpointTaken | RunStarted):
                self._pause_if_asked(event.step)
                if self._control.ending == "stop":
                    stopped = Stopped(event.step)
                    self._feed.put(RecordedEvent.of(stopped))
                    return stopped
                if self._control.ending == "leave":
                    return None
            self._say_if_resumed()
        return event

    def _is_kept(self, event: Event) -> bool:
        """Return whether an event is for the host."""
        if self._inside or not isinstance(event, (*INSIDE, CheckpointTaken)):
            return True
        if not isinstance(event, CheckpointTaken):
            return False
        now = self._clock()
        asked = self._control.counts_steps or self._control.ending is not None
        if kept := asked or now - self._kept_at >= SECONDS_BETWEEN_CHECKPOINTS:
            self._kept_at = now
        return kept

    def _pause_if_asked(self, step: int) -> None:
        if self._control.pausing:
            self._paused = True
            self._feed.put(Paused(step))
            self._control.wait()

    def _say_if_resumed(self) -> None:
        """Say so when a paused training goes on for good: not for single steps, which end in a pause again."""
        if self._paused and not self._control.counts_steps and self._control.ending is None:
            self._paused = False
            self._feed.put(Resumed())

    def _end(self, last: Event | None) -> None:
        match last:
            case None:
                self._feed.put(Ended("left"))
            case Scored():
                self._feed.put(Ended("finished"))
            case Stopped():
                self._feed.put(Ended("stopped"))
            case Failed():
                self._feed.put(Ended("failed", last.cause))
            case _:
                self._fail("The training ended without saying how. Try it again.")

    def _fail(self, cause: str) -> None:
        # The feed only fails where the process is ending, and then there is nobody left to tell.
        with suppress(Exception):
            self._feed.put(RecordedEvent.of(Failed(self._step, cause, None)))
            self._feed.put(Ended("failed", cause))


def _item(event: Event) -> Item:
    match event:
        case CheckpointTaken():
            return Checkpoint(event.step, events.pack(event))
        case SnapshotTaken():
            return Snapshot(event.step, events.pack(event))
        case _:
            return RecordedEvent.of(event)
