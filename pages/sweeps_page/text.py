"""The prose of the part."""

from __future__ import annotations

from pages.words.prose import prose

TEXT = prose("sweeps")
