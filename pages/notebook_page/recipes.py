"""The notebook's recipes as numbered steps, and the lines of today's program that they are about."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from bn_core.config import Implementation, TrainingConfig
from bn_core.source_code import program
from pages.code_page.folding import in_sight
from pages.code_page.idioms import DIGITS, notes
from pages.code_page.listing import listing
from pages.code_page.programs import LEVELS
from pages.notebook_page.text import TEXT
from pages.parts import glossary
from pages.parts.onward import onward
from pages.parts.pick import pick

PARTS = ("dense", "conv", "train")


@dataclass(frozen=True)
class Recipe:
    """The steps of one part at one level: for each what the program's lines that it is about contain.

    Attributes:
        part: of `PARTS`; level: of `LEVELS`. The steps' words are in the page's prose.
    """

    level: Implementation
    part: str
    lines: tuple[tuple[str, ...], ...]


RECIPES = (
    Recipe("layer", "dense", (("layers.Dense(100,",), ("layers.BatchNormalization(",), ("layers.ReLU()",))),
    Recipe("layer", "conv", (("use_bias=False,  #",),)),
    Recipe("layer", "train", (("training=True)",), ("training=False)",))),
    Recipe(
        "by-hand",
        "dense",
        (
            ("layers.Dense(100,",),
            ("self.gamma = ", "self.beta = ", "self.moving_mean = ", "self.moving_variance = "),
            ("if training:", "else:"),
            ("tf.nn.moments(", "update_moving(self."),
            ("mean, variance = self.moving_mean",),
            ("return tf.nn.batch_normalization(",),
            ("layers.ReLU()",),
        ),
    ),
    Recipe("by-hand", "conv", (("channels = shape[-1:]",), ("axes = list(",))),
    Recipe("by-hand", "train", (("training=True)",), ("training=False)",))),
)


def recipes() -> None:
    """Draw the choice of a level, its steps, and the program with their numbers."""
    st.header(TEXT("recipes.heading"), anchor=False)
    glossary.write(TEXT("recipes.intro"))
    names: dict[Implementation, str] = {level: TEXT(f"recipes.{level}") for level in LEVELS}
    level = pick(TEXT("recipes.level"), names, "level")
    left, right = st.columns([2, 3], gap="large")
    with left:
        glossary.write("\n\n".join(_part(recipe, first) for recipe, first in numbered(level)), place="recipes")
        glossary.write(TEXT(f"recipes.steps.{level}.after"), place="recipes")
        onward("source", TEXT("recipes.code"), {"placement": TrainingConfig().placement})
    with right:
        text = text_of(level)
        signs = notes(text, fragments(level))
        label = TEXT("recipes.label", level=names[level])
        listing(text, key="recipe", label=label, signs=signs, shown=in_sight(text, set(signs)), copy=False)


def numbered(level: Implementation) -> list[tuple[Recipe, int]]:
    """Return the recipes of a level, each with the place of its first step among all of them."""
    found, first = [], 0
    for recipe in (recipe for recipe in RECIPES if recipe.level == level):
        found.append((recipe, first))
        first += len(recipe.lines)
    return found


def fragments(level: Implementation) -> tuple[tuple[str, ...], ...]:
    """Return what the lines of each step of a level contain, in the order of the steps."""
    return tuple(lines for recipe, _ in numbered(level) for lines in recipe.lines)


def text_of(level: Implementation) -> str:
    """Return the program of the notebook's network with batch normalization at a level."""
    return program(replace(TrainingConfig(), implementation=level)).text


def _part(recipe: Recipe, first: int) -> str:
    place = f"recipes.steps.{recipe.level}.{recipe.part}"
    said = TEXT.list(f"{place}_steps")
    steps = (f"{DIGITS[first + number]} {step}  " for number, step in enumerate(said))
    return "\n".join([f"**{TEXT(place)}**  ", *steps])
