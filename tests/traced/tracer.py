"""Follow an event, a question and an answer through the modules of a process: see `path`.

`begin` has Python call a function at every call and return in this process, in all of its threads. What a function of
`bn_core` or `pages` is given or gives is looked into, and where it holds what is followed, a line in a file says so.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import is_dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np
import pyarrow as pa

FOLDERS = ("bn_core", "pages")
CHART = "vega_lite_chart"
"""Streamlit's function that takes a chart's table; here it stands for the chart."""

_RELAY, _RELAY_ELSEWHERE = "bn_core.engine.relay", "batch_norm_lab_relay"
"""The relay's module, and what it is called in a Dask worker, which executes its text."""

_DEPTH = 6
"""How many containers inside each other are looked into."""


class Followed:
    """What is followed, in all of its forms.

    Args:
        kinds: names of its classes.
        values: what of its attributes tells it from others of its classes.
        needles: bytes of which its own hold one, and no others do.
        as_json: it as a JSON object; None where it never is one.
    """

    def __init__(
        self, name: str, kinds: Collection[str], values: dict[str, Any], needles: list[bytes], as_json: Any = None
    ) -> None:
        self.name = name
        self._kinds = kinds
        self._values = values
        self._needles = list(needles)
        self._json = as_json
        self._number: float | None = None

    def is_in(self, value: Any, depth: int = _DEPTH) -> bool:
        """Return whether a value is it, or holds it."""
        match value:
            case bytes() | bytearray() | memoryview():
                return any(needle in bytes(value) for needle in self._needles)
            case str():
                return any(needle in value.encode(errors="replace") for needle in self._needles)
            case float():
                return value == self._number
            case np.ndarray():
                return self._number is not None and value.dtype == np.float64 and self._number in value
            case dict() if self._json is not None and value == self._json:
                return True
            case pa.Table():
                columns = [column.to_numpy() for column in value.columns if column.type == pa.float32()]
                return self._number is not None and any(np.float32(self._number) in column for column in columns)
        if type(value).__name__ in self._kinds and self._is(value):
            return True
        return depth > 0 and any(self.is_in(part, depth - 1) for part in _parts(value))

    def _is(self, value: Any) -> bool:
        if any(getattr(value, name) != wanted for name, wanted in self._values.items()):
            return False
        # From here on, this process knows its number and its bytes, too.
        self._number = getattr(value, "loss", None)
        if hasattr(value, "packed"):
            self._needles.append(value.packed)
        return True


def _parts(value: Any) -> Iterator[Any]:
    """Yield what a container holds."""
    if isinstance(value, dict):
        yield from list(value.values())
    elif isinstance(value, tuple | list | deque | set | frozenset):
        yield from list(value)
    elif isinstance(value, functools.partial):
        yield from value.args
    elif is_dataclass(value) and not isinstance(value, type):
        yield from list(vars(value).values())
    elif type(value).__name__ == "Row":
        yield from tuple(value)


Returned = Callable[[FrameType, str, Any], Any]


class _Tracer:
    def __init__(self, file: Path, roots: Iterable[Path], followed: Collection[Followed], counted: Collection[str]):
        self._lines = file.open("a", buffering=1, encoding="utf-8")
        self._roots = [f"{root}{os.sep}" for root in roots]
        self._followed = followed
        self._counted = counted
        self._modules: dict[int, str | None] = {}
        self._codes: list[CodeType] = []
        self._written: set[tuple[str | None, ...]] = set()
        _, *module = sys.orig_argv[sys.orig_argv.index("-m") :][:2] if "-m" in sys.orig_argv else ("", "pages")
        self._process = f"{module[0]}/{os.getpid()}"

    def called(self, frame: FrameType, what: str, value: object) -> Returned | None:
        """Note a call: for `sys.settrace`, which has no calls followed that are made in here.

        Returns:
            What is to be told how the call ends; None for a library's function, of which nothing more is told.
        """
        # Libraries call functions by the million: what is known of one is looked up here, without another call.
        try:
            module = self._modules[id(frame.f_code)]
        except KeyError:
            module = self._module(frame)
        if module is None:
            return None
        for one in self._holding(_arguments(frame)):
            self._write_once(one.name, self._caller(frame, module), module)
            name = f"{module}.{frame.f_code.co_qualname}"
            if name in self._counted:
                self._write(one.name, name)
        frame.f_trace_lines = False
        return self.returned

    def returned(self, frame: FrameType, what: str, value: Any) -> Returned:
        """Note what a call gave."""
        module = self._module(frame)
        if what == "return" and value is not None and module != CHART:
            for one in self._holding([value]):
                self._write_once(one.name, module, self._caller(frame, module or ""))
        return self.returned

    def _holding(self, values: list[Any]) -> list[Followed]:
        return [one for one in self._followed if any(one.is_in(value) for value in values)]

    def _write_once(self, *words: str | None) -> None:
        if words not in self._written:
            self._written.add(words)
            self._write(*words)

    def _write(self, *words: str | None) -> None:
        self._lines.write(json.dumps([time.perf_counter_ns(), self._process, *words]) + "\n")

    def _caller(self, frame: FrameType, module: str) -> str | None:
        caller = frame.f_back
        # Between a page and a chart stand Streamlit's decorators; a dataclass's own functions are of no file.
        while caller and not self._module(caller) and (module == CHART or caller.f_code.co_filename == "<string>"):
            caller = caller.f_back
        return self._module(caller) if caller else None

    def _module(self, frame: FrameType) -> str | None:
        code = frame.f_code
        # By its identity: a code object's hash is that of all that is in it.
        if id(code) not in self._modules:
            self._modules[id(code)] = self._named(code, frame.f_globals.get("__name__"))
            self._codes.append(code)
        return self._modules[id(code)]

    def _named(self, code: CodeType, module: Any) -> str | None:
        if module == _RELAY_ELSEWHERE:
            return _RELAY
        if code.co_name == CHART:
            return CHART
        for root in self._roots:
            if code.co_filename.startswith(root):
                parts = Path(code.co_filename).relative_to(root).with_suffix("").parts
                return ".".join(parts) if parts[0] in FOLDERS else None
        return None


def _arguments(frame: FrameType) -> list[Any]:
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    values = frame.f_locals
    return [values[name] for name in code.co_varnames[:count] if name in values]


def begin(folder: Path, roots: Iterable[Path], followed: Collection[Followed], counted: Collection[str]) -> None:
    """Begin in this process.

    Args:
        folder: of the file of lines.
        roots: folders that hold `bn_core` or `pages`.
        counted: functions whose calls are counted, by module and qualified name.
    """
    tracer = _Tracer(folder / f"{os.getpid()}.trace", roots, followed, counted)
    # Not a profile, which is told of every call that C functions get and make, of TensorFlow and Dask too.
    threading.settrace(tracer.called)
    sys.settrace(tracer.called)
