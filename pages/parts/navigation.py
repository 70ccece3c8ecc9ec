"""The navigation says where one is. Streamlit marks the page alone, which is out of sight while its group is closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pages.session.style import style

# The entries of the row: the pages that stand by themselves, then a button for each group.
_MARK = """[data-testid="stToolbar"] .rc-overflow > :nth-child({entry}) [data-testid="stTopNavSection"] {{
  font-weight: 600;
  color: inherit;
  background: color-mix(in srgb, currentColor 9%, transparent);
}}
"""

# On a phone the pages are in a side bar, behind two small arrows.
_MENU = """@media (max-width: 767px) {{
  [data-testid="stExpandSidebarButton"] {{
    width: auto;
    padding-inline: 0.5rem;
  }}
  [data-testid="stExpandSidebarButton"]::after {{
    content: "{word}";
    margin-left: 0.25rem;
  }}
}}
"""


def name_menu(word: str) -> None:
    """Say what is behind the sign that opens the side bar."""
    style(_MENU.format(word=word))


def mark_group(pages: Mapping[str, Iterable[str]], page: str) -> None:
    """Mark the group that a page is in, where it is in one.

    Args:
        pages: by group, in the order of the navigation; those of the group without a name stand by themselves.
        page: the one that is on the screen.
    """
    alone = list(pages.get("", ()))
    groups = [group for group in pages if group]
    for place, group in enumerate(groups, len(alone) + 1):
        if page in pages[group]:
            style(_MARK.format(entry=place))
