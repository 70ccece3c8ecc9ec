"""A sweep as text: lists of values as the command line takes them, and a file.

title = "Before or after?"
pairs = [[{ placement = "before" }, { placement = "after" }]]

[fixed]
batches = 400

[varied]
placement = ["none", "before", "after"]
seed = "0-4"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bn_core.config import FIELD_BY_NAME, Whole, shown, url_text
from bn_core.sweeps.plan import MOST_MEMBERS, Sweep, SweepProblem
from bn_core.text_file import NoText, called, content_of, decoded

LONGEST_TITLE = 80

_RANGE = re.compile(r"(\d{1,10})-(\d{1,10})")
_KEYS = ("title", "fixed", "varied", "pairs")


def values_of(name: str, text: str) -> tuple[str, ...]:
    """Return the values that a text lists for a field: separated by commas; of whole numbers also ranges, `0-4`.

    Raises:
        SweepProblem: a range goes down, or has more than 1,000 numbers.
    """
    values: list[str] = []
    for part in (part.strip() for part in text.split(",")):
        found = _RANGE.fullmatch(part) if isinstance(FIELD_BY_NAME.get(name), Whole) else None
        if found is None:
            values.append(part)
            continue
        first, last = int(found[1]), int(found[2])
        if last < first or last - first >= MOST_MEMBERS:
            raise SweepProblem(
                f"{name} cannot be {shown(part)}: write a range of up to {MOST_MEMBERS:,} numbers, as 0-4."
            )
        values += map(str, range(first, last + 1))
    return tuple(values)


def of_lists(title: str, texts: Mapping[str, str]) -> Sweep:
    """Return the sweep of fields that a person gave one value or a list each.

    Raises:
        SweepProblem: it is none.
    """
    lists = {name: values_of(name, text) for name, text in texts.items()}
    fixed = {name: values[0] for name, values in lists.items() if len(values) == 1}
    return Sweep.of(title, fixed, {name: values for name, values in lists.items() if len(values) > 1})


def of_file(file: Path) -> Sweep:
    """Return the sweep that a file says.

    Raises:
        SweepProblem: it is none; the first thing that is wrong with it.
    """
    try:
        return of_content(content_of(file, "sweep"), file.name)
    except NoText as problem:
        raise SweepProblem(str(problem)) from problem


def of_content(content: bytes, name: str) -> Sweep:
    """Return the sweep that a file's bytes say.

    Args:
        name: of the file.

    Raises:
        SweepProblem: it is none; the first thing that is wrong with it.
    """
    try:
        return of_text(decoded(content, name), Path(name).stem)
    except NoText as problem:
        raise SweepProblem(str(problem)) from problem
    except SweepProblem as problem:
        raise SweepProblem(f"{called(name)}: {problem}") from problem


def of_text(text: str, name: str = "") -> Sweep:
    """Return the sweep that a file's text says.

    Args:
        name: its title where the text has none.

    Raises:
        SweepProblem: it is none.
    """
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise SweepProblem(f"this is not TOML ({str(problem).rstrip('.')}): mend that place.") from problem
    return _sweep(values, name)


def to_toml(sweep: Sweep) -> str:
    """Return the text of a file that says this sweep."""
    lines = [f"title = {_text(sweep.title)}"]
    arms = {arm.name: arm.values for arm in sweep.arms}
    if sweep.pairs:
        lines.append("pairs = [")
        lines += [f"  [{_table(arms[one])}, {_table(arms[other])}]," for one, other in sweep.pairs]
        lines.append("]")
    lines += ["", "[fixed]", *(f"{name} = {_value(value)}" for name, value in sweep.fixed)]
    lines += ["", "[varied]", *(f"{name} = [{', '.join(map(_value, values))}]" for name, values in sweep.varied)]
    return "\n".join(lines) + "\n"


def _sweep(values: Mapping[str, Any], name: str) -> Sweep:
    for key in values:
        if key not in _KEYS:
            raise SweepProblem(f"there is no key {shown(key)}: use {', '.join(_KEYS)}.")
    title = values.get("title", name)
    if not isinstance(title, str) or not title.strip() or len(title) > LONGEST_TITLE or not title.isprintable():
        raise SweepProblem(f"title must be a text of 1 to {LONGEST_TITLE} characters, not {shown(title)}.")
    fixed, varied = (_of_table(key, values.get(key, {})) for key in ("fixed", "varied"))
    lists = {field: _list(field, given) for field, given in varied.items()}
    return Sweep.of(title.strip(), fixed, lists, _pairs(values.get("pairs")))


def _of_table(key: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SweepProblem(f"{key} must be a table, not {shown(value)}: begin it by [{key}].")
    return value


def _list(field: str, given: object) -> Sequence[object]:
    if isinstance(given, str):
        return values_of(field, given)
    if not isinstance(given, list):
        raise SweepProblem(f"{field} must be a list of values, not {shown(given)}: write it in brackets.")
    return given


def _pairs(given: object) -> list[tuple[dict[str, Any], dict[str, Any]]] | None:
    if given is None:
        return None
    if not isinstance(given, list):
        raise SweepProblem(f"pairs must be a list, not {shown(given)}: {_PAIR}")
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for pair in given:
        match pair:
            case [dict(one), dict(other)]:
                pairs.append((one, other))
            case _:
                raise SweepProblem(f"a pair must be two tables, not {shown(pair)}: {_PAIR}")
    return pairs


_PAIR = 'write it as [[{ placement = "before" }, { placement = "after" }]].'


def _table(values: Sequence[tuple[str, Any]]) -> str:
    return "{ " + ", ".join(f"{name} = {_value(value)}" for name, value in values) + " }" if values else "{}"


def _value(value: object) -> str:
    return _text(value) if isinstance(value, str) else url_text(value)


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
