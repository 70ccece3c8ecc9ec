"""A listing: numbered lines of code, some of them marked by a sign and a note, folded where that is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from pages.browser.component import component
from pages.code_page.highlight import highlighted
from pages.code_page.text import TEXT

_COMPONENT = component("listing", __file__)


@dataclass(frozen=True)
class Sign:
    """What marks a line.

    Attributes:
        sign: one character, before the line's number.
        kind: `carries`, `changed`, `bug`, `level` or `note`: how the line is tinted.
        choice, note: what stands above the line, a name and a sentence; empty texts for nothing.
    """

    sign: str
    kind: str
    choice: str = ""
    note: str = ""


def listing(
    text: str,
    *,
    key: str,
    label: str,
    signs: Mapping[int, Sign] | None = None,
    shown: Collection[int] | None = None,
    first: int = 1,
    copy: bool = True,
) -> None:
    """Put a listing on the page.

    Args:
        text: Python.
        label: what it is a listing of, for whoever does not see it.
        signs: by the number of the line.
        shown: the numbers of the lines that are not folded away; None: all.
        first: the number of the first line.
        copy: whether there is a button that copies the text.
    """
    lines = []
    for number, code in enumerate(highlighted(text), start=first):
        sign = (signs or {}).get(number, Sign("", ""))
        lines.append(
            asdict(sign) | {"number": number, "code": code, "hidden": shown is not None and number not in shown}
        )
    _COMPONENT(
        key=key,
        data={
            "lines": lines,
            "text": text,
            "label": label,
            "copy": copy,
            "words": TEXT.table("listing"),
        },
    )
