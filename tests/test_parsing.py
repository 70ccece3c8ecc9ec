"""Many viewers of the Code page have programs parsed at once, in threads."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bn_core.config import TrainingConfig
from bn_core.source_code import notebook, parsing, program, running_layer
from bn_core.source_code.parsing import parsed
from pages.code_page import folding, idioms

PROJECT = Path(__file__).parents[1]


class Rubbish:
    """What the garbage collector finds in the middle of whatever is done, and whose end lets other threads go on."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        time.sleep(0.0001)


def hammered(work: Callable[[int], object]) -> None:
    """Does the work 240 times in eight threads, while rubbish is collected."""

    def one(number: int) -> None:
        for _ in range(5):
            Rubbish()
        work(number)

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(one, number) for number in range(240)]:
            done.result()


@pytest.mark.parametrize("look", ["excerpt", "notebook", "idioms", "folding"])
def test_programs_can_be_parsed_by_many_threads_at_once(look: str) -> None:
    text = program(TrainingConfig(implementation="by-hand")).text

    def work(number: int) -> object:
        # Another text each time: nothing is remembered.
        match look:
            case "excerpt":
                parsing._parsed.cache_clear()
                return running_layer.excerpt.__wrapped__("BatchNormalization.call")
            case "notebook":
                return notebook(f"{text}\n# {number}\n")
            case "idioms":
                parsing._parsed.cache_clear()
                return idioms.today(idioms.IDIOMS[1], TrainingConfig())
            case _:
                return folding.in_sight(f"{text}\n# {number}\n", [3])

    hammered(work)


def test_trees_are_built_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    building, most, lock = 0, 0, threading.Lock()
    build = ast.parse

    def slowly(text: str) -> ast.Module:
        nonlocal building, most
        with lock:
            building += 1
            most = max(most, building)
        time.sleep(0.002)
        with lock:
            building -= 1
        return build(text)

    monkeypatch.setattr(ast, "parse", slowly)
    hammered(lambda number: parsed(f"x = {number % 40}"))
    assert most == 1


def test_a_program_is_parsed_once() -> None:
    assert parsed("x = 1") is parsed("x = 1")


def test_nobody_parses_by_himself() -> None:
    for folder in ("bn_core", "pages"):
        for file in (PROJECT / folder).rglob("*.py"):
            if file.name != "parsing.py":
                assert "ast.parse(" not in file.read_text(encoding="utf-8"), file
