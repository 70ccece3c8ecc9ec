"""Teach: giving a talk, aims, lessons, questions to discuss, and the way to the handout."""

from __future__ import annotations

from pages import frame
from pages.parts.onward import onward
from pages.session import entrance
from pages.teach_page import discussion, giving, handed_in, lessons
from pages.words.prose import prose

TEXT = prose("teach")

frame.begin(TEXT)
entrance.settle_alone()
frame.title(TEXT)
frame.introduce(TEXT)
giving.giving()
handed_in.handed_in()
lessons.aims()
onward("handout", TEXT("handout"), icon="print")
lessons.all_lessons()
discussion.questions()
frame.end(TEXT, "source")
