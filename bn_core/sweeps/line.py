"""A sweep in an address: its lists of values on one line, `placement:none,before;seed:0-4`, and its pairs by number."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bn_core.config import FIELD_BY_NAME, shown, url_text
from bn_core.sweeps.plan import SEED, Sweep, SweepProblem
from bn_core.sweeps.reading import LONGEST_TITLE, values_of

LONGEST = 3000
"""Characters of a line: a browser's address has room for little more."""

VALUE = re.compile(r"[A-Za-z0-9.+-]{1,40}")
"""What a value may be written with: no sign of the line's own."""

FORM = r"[a-z_]{1,20}:[A-Za-z0-9_.+:;,-]{1,2980}"

TITLE_FORM = r"[^\x00-\x1f\x7f-\x9f]{1,80}"

PAIRS_FORM = r"\d{1,4}-\d{1,4}(\.\d{1,4}-\d{1,4}){0,99}|none"

NO_PAIRS = "none"

Lists = Mapping[str, tuple[str, ...]]
"""By field, the values as a person writes them; of whole numbers also ranges, `0-4`."""


@dataclass(frozen=True)
class Line:
    """A sweep as an address says it.

    Attributes:
        plan: the lists.
        pairs: each by the numbers of its two arms, from 1; empty for those that the plan has by itself.
        title: what it is called.
    """

    plan: str
    pairs: str
    title: str


def lists_of(plan: str) -> dict[str, tuple[str, ...]]:
    """Return the lists of a line, without the fields that it names no value of.

    Raises:
        SweepProblem: it is none.
    """
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(None, plan.split(";")):
        name, colon, values = part.partition(":")
        if not colon or name not in FIELD_BY_NAME or name in found:
            raise SweepProblem(f"The plan cannot have {shown(part)}: write each field once, as placement:none,before.")
        if given := tuple(filter(None, values.split(","))):
            found[name] = given
    return found


def line_of(lists: Lists) -> str:
    """Return the line of lists, in their order.

    Raises:
        SweepProblem: a value cannot be written on a line, or all of them are too long for an address.
    """
    for name, values in lists.items():
        if strange := [value for value in values if not VALUE.fullmatch(value)]:
            raise SweepProblem(f"{name} cannot be {shown(strange[0])}: each value is {FIELD_BY_NAME[name].domain}.")
    line = ";".join(f"{name}:{','.join(values)}" for name, values in lists.items() if values)
    if len(line) > LONGEST:
        raise SweepProblem("These values are more than an address has room for: write the sweep as a file.")
    return line


def sweep_of(line: Line) -> Sweep:
    """Return the sweep that an address says.

    Raises:
        SweepProblem: it says none.
    """
    lists = lists_of(line.plan)
    values = {name: tuple(each for text in texts for each in values_of(name, text)) for name, texts in lists.items()}
    fixed = {name: given[0] for name, given in values.items() if len(given) == 1}
    varied = {name: given for name, given in values.items() if len(given) > 1}
    sweep = Sweep.of(line.title, fixed, varied)
    if not line.pairs:
        return sweep
    arms = [dict(arm.values) for arm in sweep.arms]
    named = [] if line.pairs == NO_PAIRS else [pair.partition("-")[::2] for pair in line.pairs.split(".")]
    numbers = [(int(one) - 1, int(other) - 1) for one, other in named]
    if any(not 0 <= number < len(arms) for pair in numbers for number in pair):
        raise SweepProblem(f"The pairs name arms by number, from 1 to {len(arms)}: leave out the others.")
    return Sweep.of(line.title, fixed, varied, [(arms[one], arms[other]) for one, other in numbers])


def line_of_sweep(sweep: Sweep) -> Line:
    """Return how an address says a sweep.

    Raises:
        SweepProblem: an address has no room for it.
    """
    lists: dict[str, tuple[str, ...]] = {name: (url_text(value),) for name, value in sweep.fixed}
    lists |= {name: tuple(map(url_text, values)) for name, values in sweep.varied}
    lists[SEED] = _ranges([int(value) for value in lists[SEED]])
    line = Line(line_of(lists), "", sweep.title[:LONGEST_TITLE])
    numbered = pairs_of(sweep)
    if pairs_of(sweep_of(line)) == numbered:
        return line
    return Line(line.plan, ".".join(f"{one}-{other}" for one, other in numbered) or NO_PAIRS, line.title)


def pairs_of(sweep: Sweep) -> list[tuple[int, int]]:
    """Return a sweep's pairs by the numbers of their arms, counted from 1."""
    numbers = {arm.name: number for number, arm in enumerate(sweep.arms, 1)}
    return [(numbers[one], numbers[other]) for one, other in sweep.pairs]


def _ranges(numbers: list[int]) -> tuple[str, ...]:
    """Return whole numbers with what follows by one written as ranges."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    texts = ([f"{part[0]}-{part[-1]}"] if len(part) > 2 else map(str, part) for part in parts)
    return tuple(itertools.chain.from_iterable(texts))
