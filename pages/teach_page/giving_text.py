"""The texts of giving a talk."""

from __future__ import annotations

from pages.words.prose import prose

TEXT = prose("giving")
