"""What the page says of runs: sentences with their numbers. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bn_core.chart_tables.curves import trailing_means
from bn_core.runs.history import RunHistory
from bn_core.training.events import Scored
from pages.notebook_page.stored import Stored
from pages.notebook_page.text import TEXT
from pages.words import captions
from pages.words.prose import listed

LOW = 0.5
"""Below this accuracy a final line counts as low: chance is about 0.1, and what has learned is above 0.9."""

LEFT = 0.2
"""From this accuracy of the training batches on, twice of what chance gives, a network has left the plateau."""

OVER = 50
"""Over how many batches in a row that accuracy is averaged."""


def accuracy(share: float) -> str:
    """An accuracy as the notebook prints it, to four digits: `.9745`, `1.0000`."""
    return f"{share:.4f}".removeprefix("0")


def written(scored: Scored | None) -> tuple[str, ...]:
    """The three final lines as the notebook prints them; empty texts where there are none."""
    return ("", "", "") if scored is None else lines_written(*final_lines(scored))


def lines_written(validation: float, test: float, samples: float) -> tuple[str, ...]:
    """These three: the last one is of 100 images, and so has two digits."""
    return accuracy(validation), accuracy(test), f"{samples:.2f}".removeprefix("0")


def comparison(name: str, scored: Scored, stored: Stored, seeds: Sequence[float], classes: Sequence[str]) -> str:
    """How a run's test accuracy stands to the notebook's, and both to the recorded seeds of this network.

    Args:
        name: what the run is called, safe to be shown.
        seeds: the test accuracies of the recorded runs of this network.
        classes: the names of the ten classes.
    """
    here = scored.test.accuracy
    points = round(100 * abs(here - stored.test), 2)
    key = "equal" if points == 0 else "above" if here > stored.test else "below"
    told = {"run": name, "here": accuracy(here), "there": accuracy(stored.test), "points": f"{points:g}"}
    said = [TEXT(f"compare.{key}", **told)]
    if len(seeds) > 1:
        low, high = min(seeds), max(seeds)
        place = "inside" if round(low, 4) <= stored.test <= round(high, 4) else "outside"
        said.append(TEXT(f"compare.{place}", seeds=len(seeds), low=accuracy(low), high=accuracy(high)))
    elif seeds:
        said.append(TEXT("compare.one_seed", low=accuracy(seeds[0])))
    answers = scored.test_confusion.sum(axis=0)
    if np.count_nonzero(answers) == 1:
        said.append(TEXT("compare.constant", answer=classes[int(answers.argmax())]))
    return " ".join(said)


def final_lines(scored: Scored) -> tuple[float, float, float]:
    """The accuracies of the three final lines, in their order."""
    return scored.validation.accuracy, scored.test.accuracy, scored.one_by_one


def which_of_the_two(never: Scored, unused: Scored) -> str:
    """What the three lines of runs with either mistake tell."""
    low = [tuple(value < LOW for value in final_lines(scored)) for scored in (never, unused)]
    key = "told" if low == [(True, True, True), (False, False, True)] else "other"
    return TEXT(f"samples.{key}", never=_lines(low[0]), unused=_lines(low[1]))


def left_plateau(history: RunHistory) -> int | None:
    """After how many batches the accuracy of the training batches rose above `LEFT` for good; None if it did not."""
    if len(history.steps) < OVER:
        return None
    above = trailing_means(history.accuracies, OVER)[OVER - 1 :] >= LEFT
    if not above[-1]:
        return None
    below = np.flatnonzero(~above)
    first = 0 if len(below) == 0 else int(below[-1]) + 1
    return int(history.steps[first + OVER - 1])


def after_many(history: RunHistory, seed: int, normalized: RunHistory) -> str:
    """Whether the network without batch normalization learned in the end, beside one with it and the same seed.

    Both runs have ended.
    """
    assert history.scored is not None
    assert normalized.scored is not None
    tested, other = history.scored.test, normalized.scored
    step = left_plateau(history)
    return TEXT(
        "more.not_learned" if step is None else "more.learned",
        step=0 if step is None else _rounded(step),
        seed=seed,
        test=captions.percent(tested.accuracy, int(history.scored.test_confusion.sum())),
        other=captions.percent(other.test.accuracy, int(other.test_confusion.sum())),
        other_batches=normalized.last_step,
    )


def ranges(accuracies: Mapping[str, Sequence[float]]) -> str:
    """The test accuracies of networks over their seeds, by the networks' names, and whether the ranges overlap."""
    pairs = {name: (min(values), max(values)) for name, values in accuracies.items()}
    said = [
        TEXT("debate.range", network=name, low=accuracy(low), high=accuracy(high))
        for name, (low, high) in pairs.items()
    ]
    seeds = min(len(values) for values in accuracies.values())
    together = max(low for low, _ in pairs.values()) <= min(high for _, high in pairs.values())
    reading = TEXT("debate.overlap" if together else "debate.apart", seeds=seeds)
    return TEXT("debate.measured", seeds=seeds, ranges=listed(said), reading=reading)


def _lines(low: Sequence[bool]) -> str:
    if all(low) or not any(low):
        return TEXT("samples.all" if all(low) else "samples.no")
    return listed([name for name, is_low in zip(TEXT.list("samples.head")[1:], low, strict=True) if is_low])


def _rounded(step: int) -> int:
    """To two digits: a plateau has no sharp end."""
    return round(step, 2 - len(str(step)))
