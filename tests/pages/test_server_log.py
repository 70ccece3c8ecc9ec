"""What Streamlit notes for its own debugging stays out of the server's log, and nothing else does."""

from __future__ import annotations

import importlib
import inspect
import logging
from collections.abc import Iterator

import pytest

from pages.session.server_log import LATE, leave_out_late_requests


@pytest.fixture(params=LATE)
def written(request: pytest.FixtureRequest) -> Iterator[tuple[logging.Logger, list[str]]]:
    """One of Streamlit's loggers, and what it writes from now on."""
    logger, lines = logging.getLogger(request.param), []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger.addHandler(handler)
    leave_out_late_requests()
    yield logger, lines
    logger.removeHandler(handler)


def test_a_request_that_comes_late_is_not_worth_a_line(written: tuple[logging.Logger, list[str]]) -> None:
    logger, lines = written
    logger.warning(LATE[logger.name] + " More is said.", "b51ed1")
    logger.info(LATE[logger.name], "b51ed1")
    assert lines == []


def test_all_else_is_written(written: tuple[logging.Logger, list[str]]) -> None:
    logger, lines = written
    logger.warning("The store cannot be read: %s", LATE[logger.name])
    logger.error("Script compilation error")
    assert lines == [f"The store cannot be read: {LATE[logger.name]}", "Script compilation error"]


@pytest.mark.parametrize(("name", "text"), LATE.items())
def test_streamlit_says_it_in_these_words(name: str, text: str) -> None:
    assert text in inspect.getsource(importlib.import_module(name))
