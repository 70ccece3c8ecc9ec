"""What reads wrong in a computed sentence, whatever it speaks of."""

from __future__ import annotations

import re

from pages.parts.glossary import bare

COUNTED = "batch|image|layer|channel|unit|position|value|update|step|run|line|seed|point|time|sample|output|second"
"""The nouns that stand behind a count, in the singular."""

PLURAL = COUNTED.replace("batch", "batche").replace("|", "s|") + "s"

FAULTS = {
    "a value that was not filled in": r"[{}]",
    "a plural word that was not chosen": r"\w\|\w",
    "no number": r"\b(nan|inf|NaN|Infinity|None(?! of)|True|False)\b",
    "minus zero": r"[-−]0(?:\.0+)?(?![\d.,])",
    "two spaces": r"\S[ ]{2,}\S",
    "a space before a mark": r"\w [,.;:!?](?!\d)",
    "two marks": r"[,;:.][,;:]|[^.]\.\.(?!\.)",
    "one of several": rf"(?<![\d.,×] )(?<![\d.,−-])\b1 (?:more |training |validation |test |different )?(?:{PLURAL})\b",
    "several of one": rf"\b(?:0|[2-9]|\d[\d,]*\d) (?:more |validation |test |different )?(?:{COUNTED})\b(?! of| \d)",
    "one are": r"(?<![\d.,])\b1 of (?:the |these )?\d[\d,]*(?: [a-z]+){0,2} (?:are|were|lie|become|have)\b",
    "some is": (
        r"(?<![\d.,])\b(?:0|[2-9]|\d[\d,]*\d) of (?:the |these )?\d[\d,]*(?: [a-z]+){0,2} "
        r"(?:is|was|lies|becomes|has)\b"
    ),
    "times as -fold": r"\d-fold",
    "the same in place of two": (
        r"\b(\S+ %), (?:against|not) \1(?![\d])|\bfrom ([−\d]\S*) to \2(?=[ .,;)])|\b(\S+) to \3 %"
    ),
}


def faults(text: str) -> list[str]:
    """Return what is wrong with a text by the rules that hold for every sentence, each with the place."""
    text = re.sub(r"`[^`]*`", "code", bare(text)).replace("\N{NO-BREAK SPACE}", " ")
    found = []
    for fault, pattern in FAULTS.items():
        if match := re.search(pattern, text):
            found.append(f"{fault}: “{match.group()}” in “{text}”")
    return found
