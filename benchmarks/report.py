"""Figures go between two markers of a page (benchmarks/README.md), so that a command renews them and nothing else."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).with_name("README.md")


def publish(section: str, text: str, file: Path = README) -> None:
    """Replace what stands in a page between `<!-- section -->` and `<!-- /section -->`.

    Raises:
        ValueError: the page has no such section.
    """
    begin, end = f"<!-- {section} -->\n", f"<!-- /{section} -->"
    page = file.read_text(encoding="utf-8")
    head, found, rest = page.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{file} has no section {section}.")
    file.write_text(head + begin + text.strip() + "\n" + end + tail, encoding="utf-8")


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
