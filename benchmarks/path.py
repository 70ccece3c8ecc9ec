"""The way of an event and of a question: `python -m benchmarks.path` renews their table in docs/architecture.md.

A real run is traced (`tests/traced`): the engine's host, its Dask worker and its worker process train a few batches of
MNIST-5k, and processes of pages draw Train and Population. One event is followed (the Step of batch 7), one question,
and its answer.

Every call and return of a function of `bn_core` and `pages` is looked into: a module has the event where one of its
functions is given it, gives it, or gives it on; as an object, as bytes (by themselves, in a batch, a frame or a row),
or as a number in an array. Who finds it in a library's hands has it from the module that had it last: in a queue or in
Dask's hands, from that of its own process; in a pipe or in SQLite, from itself in the process that wrote there. The
*way* is the shortest chain of modules from `train()` to Streamlit's chart in which each has it from the one before, so
that a module that is put in the way makes it longer. A module that only helps one on the way, and gives back to that
one, is not on it; it is listed beside it.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from benchmarks.report import publish, table
from tests.traced.run import ASKING, ROOT, VALIDATOR, trace
from tests.traced.tracer import CHART

ARCHITECTURE = ROOT / "docs" / "architecture.md"
TRAIN = "bn_core.training.loop"
PAGES = "pages/"
"""How the names of the processes begin that draw pages."""

MOST = {"event": 12, "question": 13, "answer": 13}
"""How many modules may be on each way, its ends included."""


Place = tuple[str, str]
"""A process and a module."""


@dataclass
class Way:
    """What was seen of one thing.

    Attributes:
        seen: who had it, in the order in which each first did.
        had_last: who had it last, by process.
        given: to whom each gave it.
        calls: how often each counted function was called with it, by function and process.
    """

    seen: list[Place] = field(default_factory=list)
    had_last: dict[str, Place] = field(default_factory=dict)
    given: defaultdict[Place, list[Place]] = field(default_factory=lambda: defaultdict(list))
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, giver: Place, taker: Place) -> None:
        """Note that one module gave it to another; one without a name is a library."""
        for place, source in ((giver, None), (taker, giver if giver[1] else None)):
            if not place[1]:
                continue
            if source is None and place not in self.seen and self.seen:
                source = self._who_left_it(*place)
            if source is not None:
                self.given[source].append(place)
            if place not in self.seen:
                self.seen.append(place)
            self.had_last[place[0]] = place

    def _who_left_it(self, process: str, module: str) -> Place:
        """Return who has put it into a library's hands, where this module found it.

        That is whoever had it last in this process. Into a process it comes from the same module in another one, which
        wrote to the pipe or the database that is read here.
        """
        latest, _ = self.seen[-1]
        if process in self.had_last:
            return self.had_last[process]
        return next((place for place in reversed(self.seen) if place[1] == module), self.had_last[latest])

    def first(self, prefix: str) -> Place:
        """Return who had it first of the modules whose names begin like this."""
        return next(place for place in self.seen if place[1].startswith(prefix))

    def chain(self, first: str, last: str) -> list[str]:
        """Return the modules, each once, of the shortest chain from one to another. Raise ValueError without one."""
        chains = [[self.first(first)]]
        reached = set(chains[0])
        for chain in chains:
            if chain[-1][1] == last:
                return list(dict.fromkeys(module for _, module in chain))
            for place in self.given[chain[-1]]:
                if place not in reached:
                    reached.add(place)
                    chains.append([*chain, place])
        raise ValueError(f"{last} never got it from {first}; these had it: {', '.join(name for _, name in self.seen)}.")


def read(folder: Path) -> dict[str, Way]:
    """Return what was seen of each thing that was followed, as the processes wrote it into this folder."""
    lines = [line for file in folder.glob("*.trace") for line in file.read_text(encoding="utf-8").splitlines()]
    ways: defaultdict[str, Way] = defaultdict(Way)
    for _, process, name, *rest in sorted(map(json.loads, lines), key=lambda line: line[0]):
        match rest:
            case [called]:
                ways[name].calls[called, process] += 1
            case [giver, taker]:
                ways[name].note((process, giver or ""), (process, taker or ""))
    return ways


def journeys(ways: Mapping[str, Way]) -> dict[str, list[str]]:
    """Return the modules on the way of each, from where it begins to where it ends."""
    event, question, answer = (ways[name] for name in MOST)
    (_, asker), (_, examiner) = question.first("pages."), answer.seen[0]
    return {
        "event": event.chain(TRAIN, CHART)[:-1],
        "question": question.chain(asker, examiner),
        "answer": answer.chain(examiner, asker),
    }


def decoded(ways: Mapping[str, Way]) -> dict[str, int]:
    """Return how often the event was decoded in each process that decoded it."""
    return {process: count for (_, process), count in ways["event"].calls.items()}


def validated(ways: Mapping[str, Way]) -> dict[str, float]:
    """Return how often the question was validated in each process; in a page's, each time that it was asked."""
    calls = ways["question"].calls
    return {
        process: count / calls.get((ASKING, process), 1)
        for (function, process), count in calls.items()
        if function == VALIDATOR
    }


def way_table(ways: Mapping[str, Way]) -> str:
    """Return the tables of the ways, and of how often something is done there."""
    rows = []
    for name, chain in journeys(ways).items():
        seen = [module for _, module in ways[name].seen]
        # What comes after the chart is no part of the way there.
        until = seen.index(CHART) if CHART in seen else len(seen)
        beside = [module for module in dict.fromkeys(seen[:until]) if module not in chain]
        rows.append([name, f"{len(chain)}", as_text(chain), as_text(beside)])
    in_pages = [count for process, count in decoded(ways).items() if process.startswith(PAGES)]
    before = sum(decoded(ways).values()) - sum(in_pages)
    times = [
        ["the event is decoded before the page", f"{before}"],
        ["the event is decoded in a page's process", f"{max(in_pages)}"],
        ["the question is validated in a process, each time it is put", f"{max(validated(ways).values()):g}"],
    ]
    return table(["of the", "modules", "on the way", "beside it"], rows) + "\n\n" + table(["how often", ""], times)


def as_text(chain: Sequence[str]) -> str:
    """Return modules as they stand in the table."""
    return ", ".join(f"`{module.removeprefix('bn_core.')}`" for module in chain)


@click.command(help=__doc__)
def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        trace(Path(folder))
        publish("path", way_table(read(Path(folder))), ARCHITECTURE)


if __name__ == "__main__":
    main()
