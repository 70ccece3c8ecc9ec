"""The way of an event and of a question, measured in a traced run: docs/architecture.md shows the table."""

from __future__ import annotations

import sys

import pytest

from benchmarks import path
from benchmarks.path import Way
from tests.traced import run
from tests.traced.tracer import CHART

FAKE_HOST = (sys.executable, str(run.ROOT / "tests" / "engine" / "fake_host.py"))

IN_THE_WAY = """
from bn_core.engine.feed import Feed
from bn_core.runs.service import RunService

def put(owner, name):
    original = getattr(owner, name)
    def in_the_way(*arguments, **named):
        return original(*arguments, **named)
    setattr(owner, name, in_the_way)

put({owner}, {name!r})
"""


@pytest.fixture(scope="module")
def ways(tmp_path_factory) -> dict[str, Way]:
    folder = tmp_path_factory.mktemp("traced")
    run.trace(folder)
    return path.read(folder)


def test_no_way_is_longer_than_it_may_be(ways):
    for name, chain in path.journeys(ways).items():
        assert len(chain) <= path.MOST[name], f"The way of the {name}: {', '.join(chain)}"


def test_each_way_goes_through_the_processes_in_their_order(ways):
    event, question, answer = path.journeys(ways).values()
    assert event[0] == "bn_core.training.loop"
    assert [place for place in event if place in ("bn_core.engine.relay", "bn_core.runs.store")] == [
        "bn_core.engine.relay",
        "bn_core.runs.store",
    ]
    assert event[-1].startswith("pages.train_page.")
    assert question[0] == answer[-1] == "pages.population_page.scores"
    assert question[-1] == answer[0] == "bn_core.questions.examiner"
    for chain in (question, answer):
        assert {"bn_core.engine.relay", "bn_core.runs.questions", "bn_core.runs.service"} < set(chain)


def test_an_event_is_decoded_at_most_once_before_the_page_and_once_there(ways):
    counts = path.decoded(ways)
    in_pages = {process: count for process, count in counts.items() if process.startswith(path.PAGES)}
    assert in_pages
    assert set(in_pages.values()) == {1}
    assert sum(counts.values()) - sum(in_pages.values()) <= 1


def test_a_question_is_validated_once_in_each_process(ways):
    counts = path.validated(ways)
    assert {process.split("/")[0] for process in counts} == {
        "bn_core.engine.host",
        "bn_core.engine.worker_process",
        path.PAGES.rstrip("/"),
    }
    assert set(counts.values()) == {1}


def test_the_architecture_shows_the_ways(ways):
    text = path.ARCHITECTURE.read_text(encoding="utf-8")
    for name, chain in path.journeys(ways).items():
        assert f"| {name} | {len(chain)} | {path.as_text(chain)} |" in text, "Run python -m benchmarks.path."


def test_modules_in_the_way_make_it_longer(ways, tmp_path):
    also = ""
    for room, owner, name in (("bn_core", "Feed", "read"), ("pages", "RunService", "history")):
        file = tmp_path / room / "in_the_way.py"
        file.parent.mkdir()
        file.write_text(IN_THE_WAY.format(owner=owner, name=name))
        also += f"exec(compile(open({str(file)!r}).read(), {str(file)!r}, 'exec'), {{}})\n"
    with run.engine(tmp_path, FAKE_HOST, also) as store:
        run.draw(tmp_path, run.train(store, tmp_path), "train", also=also)
    way = path.read(tmp_path)["event"].chain("bn_core.engine.training_session", CHART)[:-1]
    expected = path.journeys(ways)["event"][1:]
    expected.insert(expected.index("bn_core.engine.feed") + 1, "bn_core.in_the_way")
    expected.insert(expected.index("bn_core.runs.service") + 1, "pages.in_the_way")
    assert way == expected


def test_what_helps_on_the_way_is_not_on_it_and_a_library_hands_on_what_it_was_given_last():
    way = Way()
    for process, giver, taker in (
        ("one", "train", "session"),
        ("one", "session", "codec"),
        ("one", "codec", "session"),
        ("two", "", "session"),
        ("two", "", "host"),
        ("two", "host", "codec"),
        ("two", "codec", "host"),
        ("two", "host", "store"),
        ("two", "host", "log"),
        ("three", "", "store"),
        ("three", "store", "page"),
    ):
        way.note((process, giver), (process, taker))
    assert way.chain("train", "page") == ["train", "session", "host", "store", "page"]
    with pytest.raises(ValueError, match="chart never got it"):
        way.chain("train", "chart")
