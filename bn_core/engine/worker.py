"""What a worker process does for its host: trainings, one at a time, and beside them tracing, data and answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from bn_core.config import TrainingConfig
from bn_core.data import datasets
from bn_core.engine import answering, frames, wording
from bn_core.engine.control import Control
from bn_core.engine.feed import Feed
from bn_core.engine.holdings import Holdings, Inventory
from bn_core.engine.inquiry import Inquiry, Outcome
from bn_core.engine.items import Assignment, Batch, Command, Key
from bn_core.engine.trainer import Trainer
from bn_core.engine.training_session import TrainingSession
from bn_core.training import events
from bn_core.training.events import CheckpointTaken

_FEEDS_READ_AT_ONCE = 8

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Training:
    control: Control
    feed: Feed


class Worker:
    """The service behind the frames. `handle` is for one thread; the calls run in threads of their kind."""

    def __init__(self, trainer: Trainer) -> None:
        self._holdings = Holdings(trainer)
        self._trainings: dict[Key, _Training] = {}
        self._training = ThreadPoolExecutor(1, "training")
        at_once = None
        reading = ThreadPoolExecutor(_FEEDS_READ_AT_ONCE, "feed")
        # A download may take minutes: it must keep neither a training nor a tracing from its thread.
        tracing, data, answers = (ThreadPoolExecutor(1, name) for name in ("tracing", "data", "answering"))
        self._calls: dict[str, tuple[ThreadPoolExecutor | None, Callable[..., Any]]] = {
            "open": (at_once, self.open),
            "command": (at_once, self.command),
            "release": (at_once, self.release),
            "read": (reading, self.read),
            "start": (tracing, trainer.start),
            "warm_up": (tracing, self.warm_up),
            "prepare": (tracing, self.prepare),
            "fetch": (data, self.fetch),
            "put_dataset": (data, self.put_dataset),
            "warm_examiner": (answers, self.warm_examiner),
            "answer": (answers, self.answer),
        }

    def handle(self, packed: bytes, reply: Callable[[bytes], None]) -> None:
        """Do the call that is packed, and reply with whether that went well and with the value or the problem."""
        name, *arguments = frames.unpack(packed)
        executor, function = self._calls[name]

        def call() -> None:
            try:
                outcome = True, function(*arguments)
            except datasets.DatasetUnavailable as problem:
                outcome = False, str(problem)
            except Exception as error:
                _log.exception("The call %s failed", name)
                outcome = False, wording.named(error)
            reply(frames.pack(outcome))

        if executor is None:
            call()
        else:
            executor.submit(call)

    def open(self, assignment: Assignment) -> None:
        """Begin a training as soon as no other runs. Commands find it at once."""
        checkpoint = None if assignment.checkpoint is None else events.unpack(assignment.checkpoint)
        if not isinstance(checkpoint, CheckpointTaken | None):
            raise ValueError(f"The checkpoint of run {assignment.key[0]} is a {type(checkpoint).__name__}.")
        training = self._trainings[assignment.key] = _Training(Control(assignment.steps), Feed())
        config = TrainingConfig.of(assignment.config)
        session = TrainingSession(config, checkpoint, training.control, training.feed)
        self._training.submit(session.run, self._holdings)

    def read(self, key: Key, after: int) -> Batch:
        """Return the training's items after this cursor, as `Feed.read`. Raise LookupError if there is none."""
        return self._trainings[key].feed.read(after)

    def command(self, key: Key, command: Command) -> None:
        """Give a command to a training; none is there any more if it was released."""
        if (training := self._trainings.get(key)) is not None:
            if command in ("stop", "leave"):
                training.feed.lift_limit()
            training.control.give(command)

    def release(self, key: Key) -> None:
        """Forget a training; one that has not ended is to end."""
        self.command(key, "leave")
        self._trainings.pop(key, None)

    def warm_up(self) -> Inventory:
        """Get ready for the most likely run."""
        self._holdings.warm_up()
        return self._holdings.inventory()

    def prepare(self, config: dict[str, Any]) -> Inventory:
        """Trace the network of this configuration."""
        self._holdings.network(TrainingConfig.of(config))
        return self._holdings.inventory()

    def fetch(self, dataset: str) -> Inventory:
        """Read this data set, downloaded where it is not at hand. Raise DatasetUnavailable."""
        self._holdings.dataset(dataset)
        return self._holdings.inventory()

    def put_dataset(self, name: str, files: dict[str, bytes]) -> Inventory:
        """Take a data set from the host, as `datasets.contents` gives it. Raise DatasetUnavailable."""
        self._holdings.take_dataset(name, datasets.load_contents(name, files))
        return self._holdings.inventory()

    def warm_examiner(self, config: dict[str, Any]) -> Inventory:
        """Get ready for questions about runs of this configuration."""
        self._holdings.warm_examiner(TrainingConfig.of(config))
        return self._holdings.inventory()

    def answer(self, inquiry: Inquiry) -> tuple[Outcome, Inventory]:
        """Work out the answer to a question, while a training may go on in its own thread."""
        return answering.answer(inquiry, self._holdings), self._holdings.inventory()
