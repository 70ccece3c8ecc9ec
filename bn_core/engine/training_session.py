"""One training on a worker: consumes the trainer's events, heeds the control, fills the outbox and the shelf."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any, Protocol, cast

from bn_core.config import TrainingConfig
from bn_core.data.catalogue import DatasetUnavailable
from bn_core.engine import wording
from bn_core.engine.control import Control
from bn_core.engine.holdings import Holdings
from bn_core.engine.messages import (
    CheckpointReady,
    Compiling,
    Ended,
    Ending,
    Held,
    Item,
    Recorded,
    Released,
    SnapshotReady,
)
from bn_core.engine.shelf import Shelf
from bn_core.training import events
from bn_core.training.events import CheckpointTaken, Event, Failed, RunStarted, Scored, SnapshotTaken, Stopped

_log = logging.getLogger(__name__)


class Sink(Protocol):
    """Where items go: an outbox."""

    def put(self, item: Item) -> None: ...


class TrainingSession:
    """A training with its control, its latest checkpoint and the snapshots that the host does not have yet.

    `run` is for the training's thread. Another thread may use `control` and `shelf` and read `checkpoint` at any time.

    Args:
        checkpoint: where to go on from; None for the beginning.
    """

    def __init__(
        self, config: TrainingConfig, checkpoint: CheckpointTaken | None, control: Control, sink: Sink
    ) -> None:
        self.control = control
        self.checkpoint = checkpoint
        self.shelf = Shelf()
        self._config = config
        self._sink = sink
        self._held = False
        self._step = 0 if checkpoint is None else checkpoint.step

    def run(self, holdings: Holdings) -> None:
        """Trains to the training's end; never raises.

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
        """The training's last event; None if it was asked to leave."""
        dataset = holdings.dataset(self._config.dataset)
        program = holdings.program(self._config, lambda: self._sink.put(Compiling()))
        training = holdings.trainer.train(self._config, dataset, program, self.checkpoint, self.control.after_step)
        # To close a generator in the middle is how a training leaves its program to the next.
        with closing(cast(Any, training)):
            return self._consume(training)

    def _consume(self, training: Iterator[Event]) -> Event | None:
        event: Event | None = None
        for event in training:
            self._step = event.step
            if isinstance(event, CheckpointTaken):
                self.checkpoint = event
                self._sink.put(CheckpointReady(event.step))
            elif isinstance(event, SnapshotTaken):
                self.shelf.put(event.step, events.pack(event))
                self._sink.put(SnapshotReady(event.step))
            else:
                self._sink.put(Recorded(events.pack(event)))
            # Here the state is that of one moment: the training's first, or one of which there is a checkpoint.
            if isinstance(event, CheckpointTaken | RunStarted):
                self._hold(event.step)
                if self.control.ending == "stop":
                    stopped = Stopped(event.step)
                    self._sink.put(Recorded(events.pack(stopped)))
                    return stopped
                if self.control.ending == "leave":
                    return None
            self._say_if_released()
        return event

    def _hold(self, step: int) -> None:
        if self.control.holds:
            self._held = True
            self._sink.put(Held(step))
            self.control.wait()

    def _say_if_released(self) -> None:
        """Says so when a training that was held goes on for good: not for single steps, which end in a hold again."""
        if self._held and not self.control.counts_steps and self.control.ending is None:
            self._held = False
            self._sink.put(Released())

    def _end(self, last: Event | None) -> None:
        match last:
            case None:
                self._sink.put(Ended("left"))
            case Scored() | Stopped():
                ending: Ending = "finished" if isinstance(last, Scored) else "stopped"
                self._sink.put(Ended(ending))
            case Failed():
                self._sink.put(Ended("failed", last.cause))
            case _:
                self._fail("The training ended without saying how. Try it again.")

    def _fail(self, cause: str) -> None:
        # The outbox only fails where the process is ending, and then there is nobody left to tell.
        with suppress(Exception):
            self._sink.put(Recorded(events.pack(Failed(self._step, cause, None))))
            self._sink.put(Ended("failed", cause))
