"""What a person sets on a page, for the page's parts: its value, its control, and other ways to change it.

The value is part of what the page shows, so it stands in the address; the table is in `settings`. The value of a
control belongs to the browser. What a callback writes into it is overwritten by the next message of the browser that
was under way already, of a timer or of a click: on a busy machine that click is lost. So a control is told its value
when it is first drawn, and where anything else changed the value (the Back button, another control, a click on a
chart), the control makes way for a new one, with another key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any

from pages.session import settings, url_state
from pages.session.session import Mark, session, widget


def value(name: str, offered: Collection[Any] | None = None, default: Any = None) -> Any:
    """Return what is set on this page.

    Args:
        name: of the setting.
        offered: the values that the page has at present; None: all that are read.
        default: the value where nothing is set, or nothing that is offered; None for the table's.
    """
    found = url_state.here().settings.get(name)
    if found is not None and (offered is None or found in offered):
        return found
    return first(name) if default is None else default


def first(name: str) -> Any:
    """Return the value of this page's setting before anybody set it; None where the page decides."""
    known = settings.of(session().page).get(name)
    return None if known is None else known.default


def put(name: str, wanted: object) -> None:
    """Set something on this page; None for what the page chooses. What is no value of the setting changes nothing."""
    known, place = settings.of(session().page).get(name), url_state.here()
    if known is None:
        return
    values = {key: kept for key, kept in place.settings.items() if key != name}
    if wanted is not None:
        try:
            values[name] = known.reads.parse(wanted)
        except (ValueError, TypeError, OverflowError):
            return
    url_state.go(replace(place, settings=values))


def put_step(step: int | None) -> None:
    """Set the step to look at; None for the one that the page chooses."""
    url_state.go(replace(url_state.here(), step=step))


def control(
    name: str, shown: object, *, of: object = "", change: Callable[[Any], None] | None = None
) -> dict[str, Any]:
    """Return the arguments `key` and `on_change` of a control that is drawn now.

    Args:
        name: of the setting, or of what else `change` changes.
        shown: the value that the control is to show.
        of: what tells the control from others of its name: another text makes another control.
        change: is given what the control says; None: the setting becomes that.
    """
    mark, page = _mark(name), (session().page or "").replace("_", "-")
    if mark.key and (mark.of, mark.shows) != (of, shown):
        mark.turn += 1
    mark.of, mark.shows = of, shown
    mark.key = "-".join(filter(None, (page, name, str(of), str(mark.turn))))
    hear = while_shown(partial(_hear, mark, mark.key, shown, change or partial(put, name)))
    return {"key": mark.key, "on_change": hear}


def while_shown(callback: Callable[..., None]) -> Callable[..., None]:
    """Return a callback that does nothing once another page is shown: a browser may send late what it said."""
    page = session().page

    def called(*arguments: Any) -> None:
        if session().page == page:
            callback(*arguments)

    return called


def _hear(mark: Mark, key: str, shown: object, change: Callable[[Any], None]) -> None:
    said, before = widget(key), mark.heard
    if said is not None:
        mark.heard = (key, said)
    if key == mark.key:
        mark.shows = said
        change(said)
    elif said not in (None, shown) and (key, said) != before:
        # It was used before its successor had come. One that was not is heard again, too, with what it showed, or with
        # what it said before.
        change(said)


def _mark(name: str) -> Mark:
    now = session()
    return now.marks.setdefault((now.page, name), Mark())
