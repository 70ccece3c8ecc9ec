"""The controls that an address can leave out (`?hide=train,guess`): one table of their names.

They are left out of sight and of reach by keys, for a talk or a lesson about something else. That is staging, and takes
no right away: without the word in the address they are back.
"""

from __future__ import annotations

from collections.abc import Iterable

from bn_core.config import FIELD_BY_NAME


def _gone(*selectors: str) -> str:
    return f"{', '.join(selectors)} {{ display: none !important; }}"


HIDEABLE: dict[str, str] = {
    "navigation": _gone('[data-testid="stToolbar"] .rc-overflow', '[data-testid="stExpandSidebarButton"]'),
    "next": _gone('[data-testid="stPageLink"]'),
    "tour": _gone(".st-key-tour-start", ".st-key-tour"),
    # The style sheet of the race asks for these two: no other one reaches into it.
    "guess": ".st-key-race { --guess: none; }",
    "score": ".st-key-race { --score: none; }",
    "play": ".st-key-race { --play: none; }",
    "findings": _gone(".st-key-findings"),
    "train": _gone(".st-key-run-bar"),
    "shelf": _gone(".st-key-shelf", ".st-key-recorded-shelf", ".st-key-compare-shelf", ".st-key-keeping"),
    "run": _gone(*(f'[class*="st-key-{page}-run-"]' for page in ("layers", "population", "one-image"))),
    "second": _gone('[class*="st-key-layers-second-"]'),
    "experiments": _gone(".st-key-one-batch-experiments"),
    "drawing": _gone(".st-key-one-image-drawing"),
    "prediction": _gone(".st-key-try-next"),
    "answers": _gone('[class*="st-key-answer-"]', ".st-key-quiz-next", ".st-key-quiz-words"),
    "quiz": _gone('[class*="st-key-break-it-mode-"]'),
    # A field's control has the field's name.
    **{
        name: _gone(f'[class*="-config-{name}-"]', f'.st-key-quick-choice:has([class*="-quick-{name}-"])')
        for name in FIELD_BY_NAME
    },
}
"""By the name in the address: the rule of a style sheet that leaves it out."""


def read(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of controls that a text has, separated by commas, each once, and what in it is no name."""
    names = tuple(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))
    return tuple(name for name in names if name in HIDEABLE), tuple(name for name in names if name not in HIDEABLE)


def sheet(names: Iterable[str]) -> str:
    """Return the style sheet that leaves these controls out."""
    return "".join(f"{HIDEABLE[name]}\n" for name in names)
