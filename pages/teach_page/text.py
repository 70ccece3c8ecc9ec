"""The texts of the page Teach."""

from __future__ import annotations

from pages.words.prose import prose

TEXT = prose("teach")
