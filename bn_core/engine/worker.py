"""What a worker process does for its host: trainings, one at a time, and beside them tracing, data and answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from bn_core.data.catalogue import DatasetUnavailable
from bn_core.engine import answering, frames, wording
from bn_core.engine.control import Control
from bn_core.engine.feed import GATHERING_SECONDS, Feed
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
    """The service behind the frames. `handle` is for one thread; most calls run in a thread of their kind."""

    def __init__(self, trainer: Trainer) -> None:
        self._holdings = Holdings(trainer)
        self._trainings: dict[Key, _Training] = {}
        self._training = ThreadPoolExecutor(1, "training")
        at_once = None
        reading = ThreadPoolExecutor(_FEEDS_READ_AT_ONCE, "feed")
        # A download may take minutes: it must keep neither a training nor a tracing from its thread.
        tracing, data, answers = (ThreadPoolExecutor(1, name) for name in ("tracing", "data", "answering"))
        self._calls: dict[str, tuple[ThreadPoolExecutor | None, Callable[..., Any]]] = {
            "open": (at_once, self._open),
            "command": (at_once, self._command),
            "release": (at_once, self._release),
            "read": (reading, self._read),
            "start": (tracing, trainer.start),
            "warm_up": (tracing, self._chore(self._holdings.warm_up)),
            "prepare": (tracing, self._chore(self._holdings.network)),
            "fetch": (data, self._chore(self._holdings.dataset)),
            "put_dataset": (data, self._chore(self._holdings.put_dataset)),
            "warm_examiner": (answers, self._chore(self._holdings.warm_examiner)),
            "answer": (answers, self._answer),
        }

    def handle(self, packed: bytes, reply: Callable[[bytes], None]) -> None:
        """Do the call that is packed; reply with whether that went well, and with the value or the problem."""
        name, *arguments = frames.unpack(packed)
        executor, function = self._calls[name]

        def call() -> None:
            try:
                outcome = True, function(*arguments)
            except DatasetUnavailable as problem:
                outcome = False, str(problem)
            except Exception as error:
                _log.exception("The call %s failed", name)
                outcome = False, wording.named(error)
            reply(frames.pack(outcome))

        if executor is None:
            call()
        else:
            executor.submit(call)

    def _open(self, assignment: Assignment) -> None:
        """Begin a training as soon as no other runs. Commands find it at once."""
        checkpoint = None if assignment.checkpoint is None else events.unpack(assignment.checkpoint)
        if not isinstance(checkpoint, CheckpointTaken | None):
            raise ValueError(f"The checkpoint of run {assignment.key[0]} is a {type(checkpoint).__name__}.")
        feed = Feed(gathering=GATHERING_SECONDS if assignment.recording == "scores" else 0.0)
        training = self._trainings[assignment.key] = _Training(Control(assignment.steps), feed)
        session = TrainingSession(assignment.config, checkpoint, training.control, training.feed, assignment.recording)
        self._training.submit(session.run, self._holdings)

    def _read(self, key: Key, after: int) -> Batch:
        return self._trainings[key].feed.read(after)

    def _command(self, key: Key, command: Command) -> None:
        if (training := self._trainings.get(key)) is not None:
            if command in ("stop", "leave"):
                training.feed.lift_limit()
            training.control.give(command)

    def _release(self, key: Key) -> None:
        """Forget a training. One that has not ended is to end."""
        self._command(key, "leave")
        self._trainings.pop(key, None)

    def _chore(self, work: Callable[..., object]) -> Callable[..., Inventory]:
        def do(*arguments: Any) -> Inventory:
            work(*arguments)
            return self._holdings.inventory()

        return do

    def _answer(self, inquiry: Inquiry) -> tuple[Outcome, Inventory]:
        return answering.answer(inquiry, self._holdings), self._holdings.inventory()
