"""The texts of the page."""

from __future__ import annotations

from pages.words.prose import prose

TEXT = prose("compare")
