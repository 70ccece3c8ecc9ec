"""What the marks of a program say: a sign before each marked line, and a note above the first of its kind."""

from __future__ import annotations

from bn_core.config import FIELD_BY_NAME, TrainingConfig, url_text
from bn_core.source_code import Listing, default_for
from pages.code_page.listing import Sign
from pages.code_page.text import TEXT
from pages.session.controls import written

CARRIES, CHANGED, BUG, LEVEL = "◇", "◆", "✗", "┃"


def signs(program: Listing, config: TrainingConfig) -> dict[int, Sign]:
    """The signs of a program by line. The first line of a choice says which, and what its value does."""
    made: dict[int, Sign] = {}
    explained: set[str] = set()
    above: list[str] = []
    changed = {mark.field for mark in program.marks if mark.changed}
    for line, fields in _by_line(program).items():
        if line - 1 not in made:
            above = []
        new = [field for field in fields if field not in above]
        made[line] = Sign(*_kind(fields, changed), *_note(new, config, explained))
        explained.update(new)
        above = fields
    return made


def shown(config: TrainingConfig, field: str) -> str:
    """A field's value as the page writes it."""
    value = url_text(getattr(config, field))
    return TEXT(f"values.{field}.{value}") if f"values.{field}" in TEXT else written(field, value)


def _by_line(program: Listing) -> dict[int, list[str]]:
    """The fields that decide each marked line. How batch norm is written shows by itself where more can be said."""
    fields: dict[int, list[str]] = {}
    for mark in program.marks:
        fields.setdefault(mark.line, []).append(mark.field)
    return {line: [field for field in all_ if field != "implementation"] or all_ for line, all_ in fields.items()}


def _kind(fields: list[str], changed: set[str]) -> tuple[str, str]:
    if "bug" in fields:
        return BUG, "bug"
    if fields == ["implementation"]:
        return LEVEL, "level"
    return (CHANGED, "changed") if changed.intersection(fields) else (CARRIES, "carries")


def _note(fields: list[str], config: TrainingConfig, explained: set[str]) -> tuple[str, str]:
    """These choices with their values, and what the values do where that was not said yet."""
    if fields == ["implementation"] and "implementation" in explained:
        return "", ""
    choices = " · ".join(f"{FIELD_BY_NAME[field].label}: {shown(config, field)}" for field in fields)
    sentences = [_sentence(config, field) for field in fields if field not in explained]
    return choices, " ".join(filter(None, sentences))


def _sentence(config: TrainingConfig, field: str) -> str:
    default = default_for(config)
    if (key := f"does.{field}.{getattr(config, field)}") in TEXT:
        return TEXT(key)
    if getattr(config, field) != getattr(default, field):
        return TEXT("not-default", default=shown(default, field))
    return ""
