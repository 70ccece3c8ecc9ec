"""Keeps out of the server's log what Streamlit notes for its own debugging where nothing is wrong.

Where a page is left, a request for one of its parts may come when the next page is drawn already. Streamlit passes it
over and says so each time: in a talk with a class, that would be most of the log.
"""

from __future__ import annotations

import logging

LATE = {
    "streamlit.runtime.app_session": "The fragment with id %s does not exist anymore",
    "streamlit.runtime.scriptrunner.script_runner": "Couldn't find fragment with id %s.",
}
"""By the logger's name: how such a note begins."""


def _tells(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(LATE[record.name])


def leave_out_late_requests() -> None:
    """Leave those notes out of the log from now on."""
    for name in LATE:
        logging.getLogger(name).addFilter(_tells)
