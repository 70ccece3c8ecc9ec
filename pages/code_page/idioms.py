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
from pages.parts import glossary
from pages.words.prose import prose

FOLDER = Path(__file__).parent / "tensorflow_1"
DIGITS = "①②③④⑤⑥"


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
    text = prose("code")
    st.subheader(text("idiom.title"))
    glossary.write(text("idiom.words"))
    for idiom in IDIOMS:
        st.markdown(f"**{text(f'idiom.{idiom.key}.title')}**")
        old, new = st.columns(2, gap="medium")
        with old:
            st.caption(text("idiom.before"))
            before = (FOLDER / f"{idiom.key.replace('-', '_')}.txt").read_text(encoding="utf-8")
            listing(
                before,
                key=f"before-{idiom.key}",
                label=text("idiom.before"),
                signs=notes(before, idiom.before),
                copy=False,
            )
        with new:
            st.caption(text("idiom.now"))
            now = today(idiom, config)
            listing(now, key=f"now-{idiom.key}", label=text("idiom.now"), signs=notes(now, idiom.now), copy=False)
        said = zip(DIGITS, text.list(f"idiom.{idiom.key}.notes"), strict=False)
        glossary.write("\n".join(f"{digit} {note}  " for digit, note in said))


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
