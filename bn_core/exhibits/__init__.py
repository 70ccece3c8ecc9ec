"""Recorded runs: shipped with the app, readable without an engine, a home folder or a network.

`python -m bn_core record` makes the files in `data`; `bn_core.exhibits.catalogue` says which runs they are.
"""

from bn_core.exhibits.full import CapturedBatch, CapturedChannel
from bn_core.exhibits.reader import Library, Member, Provenance, library

__all__ = ["CapturedBatch", "CapturedChannel", "Library", "Member", "Provenance", "library"]
