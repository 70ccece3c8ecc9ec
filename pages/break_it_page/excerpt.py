"""The program of a mistake with the wrong lines and the right ones side by side, and what stands around them."""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass, fields, replace

from bn_core.config import Implementation, TrainingConfig
from bn_core.source_code import program

CONTEXT = 3
"""How many lines before and after the wrong ones are in sight."""


@dataclass(frozen=True)
class Excerpt:
    """A program with some lines wrong and, after them, the lines that would be right.

    Attributes:
        text: Python, all of it.
        wrong, right: the numbers of those lines, counted from 1.
        shown: the numbers of the lines that are in sight.
    """

    text: str
    wrong: frozenset[int]
    right: frozenset[int]
    shown: frozenset[int]


def level(config: TrainingConfig) -> Implementation:
    """At which of the two levels a mistake is seen best: a value of `implementation`."""
    return "by-hand" if config.effect.inside_layer else "layer"


def without_mistake(config: TrainingConfig) -> TrainingConfig:
    """The configuration with the default in place of what is wrong; its network stays what it is."""
    kept = ("placement", "bias", "implementation", "dataset", "seed")
    right = {field.name: field.default for field in fields(config) if field.name not in kept}
    return replace(config, **right)  # type: ignore[arg-type]


@functools.lru_cache(maxsize=64)
def excerpt(config: TrainingConfig) -> Excerpt:
    """The program of this configuration, beside that of the one without the mistake."""
    shown = replace(config, implementation=level(config))
    compared = difflib.Differ().compare(_code(shown), _code(without_mistake(shown)))
    merged = [line for line in compared if not line.startswith("?")]
    wrong = frozenset(number for number, line in enumerate(merged, 1) if line.startswith("-"))
    right = frozenset(number for number, line in enumerate(merged, 1) if line.startswith("+"))
    near = frozenset(at + by for at in wrong | right for by in range(-CONTEXT, CONTEXT + 1))
    return Excerpt("\n".join(line[2:] for line in merged) + "\n", wrong, right, near)


def _code(config: TrainingConfig) -> list[str]:
    """A program's lines from its first import on: the heading says the mistake in words."""
    lines = program(config).text.splitlines()
    return lines[lines.index("import os") :]
