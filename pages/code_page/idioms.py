"""TensorFlow 1's idiom beside today's: pairs of excerpts, with the same number where the same thing is done."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from bn_core.config import Implementation, TrainingConfig
from bn_core.source_code import program
from bn_core.source_code.parsing import parsed
from pages.code_page.listing import Sign, listing
from pages.code_page.text import TEXT
from pages.parts import glossary

FOLDER = Path(__file__).parent / "tensorflow_1"
DIGITS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫"


@dataclass(frozen=True)
class Idiom:
    """One thing written in both ways.

    Attributes:
        key: of its words, and of the file with TensorFlow 1's way.
        level: of the program that today's way is taken from.
        parts: the definitions of that program which are shown.
        before, now: for each of its notes, what the noted lines contain.
    """

    key: str
    level: Implementation
    parts: tuple[str, ...]
    before: tuple[tuple[str, ...], ...]
    now: tuple[tuple[str, ...], ...]


IDIOMS = (
    Idiom(
        "layer",
        "layer",
        ("activate", "train_step", "infer"),
        before=(
            ("is_training = tf.placeholder", "is_training: True"),
            ("UPDATE_OPS", "control_dependencies"),
            (": False",),
        ),
        now=(("training=True",), ("BatchNormalization(",), ("training=False",)),
    ),
    Idiom(
        "by-hand",
        "by-hand",
        ("BatchNormalization", "update_moving"),
        before=(("tf.cond(",), ("tf.assign(",), ("control_dependencies(",)),
        now=(("if training:", "else:"), ("moving.assign(",), ("update_moving(self",)),
    ),
)


def idioms(config: TrainingConfig) -> None:
    """Draw every pair with its notes."""
    st.header(TEXT("idiom.title"))
    glossary.write(TEXT("idiom.words"))
    for idiom in IDIOMS:
        st.markdown(f"**{TEXT(f'idiom.{idiom.key}.title')}**")
        before = (FOLDER / f"{idiom.key.replace('-', '_')}.txt").read_text(encoding="utf-8")
        old, new = st.columns(2, gap="medium")
        with old:
            _side("before", idiom.key, before, idiom.before)
        with new:
            _side("now", idiom.key, today(idiom, config), idiom.now)
        said = zip(DIGITS, TEXT.list(f"idiom.{idiom.key}.notes"), strict=False)
        glossary.write("\n".join(f"{digit} {note}  " for digit, note in said))


def _side(side: str, key: str, code: str, fragments: tuple[tuple[str, ...], ...]) -> None:
    label = TEXT(f"idiom.{side}")
    st.caption(label)
    listing(code, key=f"{side}-{key}", label=label, signs=notes(code, fragments), copy=False)


def today(idiom: Idiom, config: TrainingConfig) -> str:
    """These definitions as they stand in the program of a healthy configuration with batch norm."""
    placement = config.placement if config.normalized else TrainingConfig().placement
    made = program(replace(config, placement=placement, implementation=idiom.level, bug="none"))
    lines = made.text.splitlines()
    found = {node.name: node for node in parsed(made.text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    parts = []
    for name in idiom.parts:
        node = found[name]
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        parts.append("\n".join(lines[first - 1 : node.end_lineno]))
    return textwrap.dedent("\n\n\n".join(parts)) + "\n"


def notes(text: str, fragments: tuple[tuple[str, ...], ...]) -> dict[int, Sign]:
    """The number of a note beside every line that contains one of its fragments."""
    found: dict[int, Sign] = {}
    for digit, wanted in zip(DIGITS, fragments, strict=False):
        for number, line in enumerate(text.splitlines(), start=1):
            if any(fragment in line for fragment in wanted):
                found[number] = Sign(digit, "note")
    return found
