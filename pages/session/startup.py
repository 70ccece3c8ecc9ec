"""What the app's process does once."""

from __future__ import annotations

import functools
import gc

from bn_core.runs.launcher import ensure_engine


@functools.cache
def after_first_page() -> None:
    """Starts the training engine, and takes what was loaded by now out of the garbage collector's rounds.

    Called after every page; only the first call does anything. Tens of thousands of objects of the libraries live as
    long as the process: without this, each collection would look at all of them again.
    """
    ensure_engine()
    gc.collect()
    gc.freeze()
