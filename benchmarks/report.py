"""Figures go into benchmarks/README.md between two markers, so that a command can renew them and nothing else."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).with_name("README.md")


def publish(section: str, text: str) -> None:
    """Replace what stands in README.md between `<!-- section -->` and `<!-- /section -->`.

    Raises:
        ValueError: README.md has no such section.
    """
    begin, end = f"<!-- {section} -->\n", f"<!-- /{section} -->"
    page = README.read_text(encoding="utf-8")
    head, found, rest = page.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{README} has no section {section}.")
    README.write_text(head + begin + text.strip() + "\n" + end + tail, encoding="utf-8")


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
