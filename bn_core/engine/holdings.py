"""What a worker process has at hand: data sets it has read, networks it has traced, examiners it has made."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bn_core.config import TrainingConfig
from bn_core.data.files import load_contents
from bn_core.engine.trainer import Trainer

EXAMINERS_KEPT = 3
"""Each takes some 60 MB."""


@dataclass(frozen=True)
class Inventory:
    """What a worker has.

    Attributes:
        programs: keys (`TrainingConfig.compile_key`) of the networks that it has traced.
        datasets: names of the data sets that it has read.
        examiners: keys of the networks that any question can be asked about without tracing first.
    """

    programs: frozenset[Hashable] = frozenset()
    datasets: frozenset[str] = frozenset()
    examiners: frozenset[Hashable] = frozenset()


@dataclass
class _Kept:
    examiner: Any
    warm: bool = False


class Holdings:
    """Data sets and networks of one process, each made once. Any thread may call any method.

    Examiners are apart: one thread uses them, one after the other, and only those used last are kept.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self._networks: dict[Hashable, Any] = {}
        self._datasets: dict[str, Any] = {}
        self._examiners: OrderedDict[Hashable, _Kept] = OrderedDict()
        # One core traces no faster in two threads, and TensorFlow must be started once, before anything else.
        self._tracing = threading.Lock()
        self._reading = threading.Lock()

    def inventory(self) -> Inventory:
        """Return what is at hand now."""
        # A copy first: another thread may add to them meanwhile.
        warm = {key for key, kept in list(self._examiners.items()) if kept.warm}
        return Inventory(frozenset(list(self._networks)), frozenset(list(self._datasets)), frozenset(warm))

    def warm_up(self, config: TrainingConfig) -> None:
        """Get ready for a run of this configuration, on the data that are at hand: start the trainer, read, trace."""
        with self._tracing:
            self.trainer.start()
        self.dataset(config.with_(dataset=self.trainer.default_dataset()))
        self.network(config)

    def dataset(self, config: TrainingConfig) -> Any:
        """Return this configuration's data set. Raise DatasetUnavailable, and what else the trainer's `load` does."""
        name = config.dataset
        # Who needs what is here must not wait for what is being downloaded.
        if name not in self._datasets:
            with self._reading:
                if name not in self._datasets:
                    self._datasets[name] = self.trainer.load(name)
        return self._datasets[name]

    def put_dataset(self, name: str, files: Mapping[str, bytes]) -> None:
        """Take a data set as `bn_core.data.files.contents` gives it elsewhere. Raise DatasetUnavailable."""
        self._datasets[name] = load_contents(name, files)

    def network(self, config: TrainingConfig, before_tracing: Callable[[], None] = lambda: None) -> Any:
        """Return the traced network for this configuration.

        Args:
            before_tracing: called first if there is none yet, or another is being traced and must be waited for.
        """
        if config.compile_key not in self._networks:
            before_tracing()
            with self._tracing:
                if config.compile_key not in self._networks:
                    self.trainer.start()
                    self._networks[config.compile_key] = self.trainer.prepare(config)
        return self._networks[config.compile_key]

    @contextmanager
    def examiner(self, config: TrainingConfig) -> Iterator[Any]:
        """Give the examiner for this configuration. While one that is not warm is used, nothing else is traced.

        For one thread at a time.
        """
        kept = self._examiners.get(config.compile_key)
        if kept is not None and kept.warm:
            self._examiners.move_to_end(config.compile_key)
            yield kept.examiner
            return
        with self._tracing:
            yield self._made(config).examiner

    def warm_examiner(self, config: TrainingConfig) -> None:
        """Make the examiner for this configuration ready for every question. For the thread that uses them."""
        with self._tracing:
            kept = self._made(config)
            if not kept.warm:
                kept.examiner.warm_up()
                kept.warm = True

    def _made(self, config: TrainingConfig) -> _Kept:
        """The examiner, made if it is not there; the one that was not used for longest makes room."""
        if config.compile_key not in self._examiners:
            self.trainer.start()
            if len(self._examiners) >= EXAMINERS_KEPT:
                self._examiners.popitem(last=False)
            self._examiners[config.compile_key] = _Kept(self.trainer.examiner(config))
        self._examiners.move_to_end(config.compile_key)
        return self._examiners[config.compile_key]
