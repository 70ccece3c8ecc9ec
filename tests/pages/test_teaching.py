"""Under which address a class comes in, and how its guesses are drawn."""

from __future__ import annotations

import json
from pathlib import Path

import altair as alt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.runtime.context import ContextProxy

from bn_core.presenting.key import FILE_NAME, kept_key
from bn_core.runs.presented import Guesses
from bn_core.talks import Question, Right
from pages.following.guess_chart import MOST_BARS, bars, spec, table
from pages.following.words import TEXT, clock, right_is
from pages.session import startup
from pages.session.addresses import Network, home_of, hosts, is_loopback, moved_to, reached
from pages.words.prose import prose
from tests.pages.lab import Lab, data_of, kept

CHOICE = Question("Which?", "choice", ("this", "that", "<b>neither</b>"), "1")
NUMBER = Question("How many?", "number")


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("http://192.0.2.1:8501/teach", "http://192.0.2.1:8501/"),
        ("https://lab.example.org/user/anna/proxy/8501/teach", "https://lab.example.org/user/anna/proxy/8501/"),
        ("http://localhost:8501/", "http://localhost:8501/"),
        ("http://[2001:db8::1]:8501/teach/", "http://[2001:db8::1]:8501/"),
    ],
)
def test_the_home_page_is_found_from_where_the_presenter_is(url: str, home: str) -> None:
    assert home_of(url, "teach") == home


def test_the_machine_itself_is_nobody_elses_address() -> None:
    for host in (None, "localhost", "lab.localhost", "127.0.0.1", "127.3.2.1", "::1"):
        assert is_loopback(host)
    for host in ("192.0.2.1", "lab.example.org", "2001:db8::1", "10.0.0.7"):
        assert not is_loopback(host)


def test_addresses_of_private_networks_come_first() -> None:
    found = ["127.0.0.1", "8.8.8.8", "192.168.1.7", "169.254.3.3", "10.0.0.2", "192.168.1.7", "0.0.0.0"]
    assert hosts(found) == ["10.0.0.2", "192.168.1.7", "8.8.8.8"]
    assert moved_to("http://localhost:8501/a/", "10.0.0.2") == "http://10.0.0.2:8501/a/"
    assert moved_to("https://localhost/", "2001:db8::1") == "https://[2001:db8::1]/"


def test_an_address_that_others_reach_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.session.addresses._network_addresses", lambda: ["127.0.0.1", "8.8.8.8", "10.0.0.2"])
    assert reached("http://lab.example.org:8501/a/") == ("http://lab.example.org:8501/a/",)
    assert reached("http://localhost:8501/a/") == ("http://10.0.0.2:8501/a/", "http://8.8.8.8:8501/a/")
    monkeypatch.setattr("streamlit.get_option", lambda name: {"server.address": "127.0.0.1"}[name])
    assert reached("http://localhost:8501/a/") == ()


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (59.9, "0:59"), (60, "1:00"), (1234, "20:34"), (-61, "−1:01")]
)
def test_a_time_in_minutes_and_seconds(seconds: float, said: str) -> None:
    assert clock(seconds) == said


@pytest.mark.parametrize(
    ("ask", "answer", "said"),
    [
        (CHOICE, Right(choice=0), TEXT("chart.choice", right="this")),
        (NUMBER, Right(number=7, low=7, high=7), TEXT("chart.number", right=7)),
        (NUMBER, Right(number=7, low=6, high=7), TEXT("chart.between", low=6, high=7)),
        (NUMBER, Right(), TEXT("chart.never")),
    ],
)
def test_what_is_right_in_words(ask: Question, answer: Right, said: str) -> None:
    assert right_is(ask, answer) == said


def test_every_choice_has_a_bar_also_where_nobody_chose_it() -> None:
    made = bars(CHOICE, Guesses({1: 4, 2: 1}, ()), Right(choice=1))
    assert [(bar.name, bar.count, bar.right) for bar in made] == [
        ("this", 0, False),
        ("that", 4, True),
        ("<b>neither</b>", 1, False),
    ]
    assert not any(bar.right for bar in bars(CHOICE, Guesses({1: 4}, ()), None))


@given(st.lists(st.floats(-1e15, 1e15), max_size=60))
def test_every_number_is_in_one_bar(numbers: list[float]) -> None:
    made = bars(NUMBER, Guesses({}, tuple(sorted(numbers))), None)
    assert sum(bar.count for bar in made) == len(numbers)
    assert len(made) <= MOST_BARS


def test_the_bar_with_what_is_right_is_marked() -> None:
    few = bars(NUMBER, Guesses({}, (1.0, 2.0, 2.0, 3.0)), Right(number=2, low=2, high=2.5))
    assert [(bar.name, bar.count, bar.right) for bar in few] == [("1", 1, False), ("2", 2, True), ("3", 1, False)]
    many = bars(NUMBER, Guesses({}, tuple(float(number) for number in range(100))), Right(number=50, low=50, high=50))
    assert sum(bar.right for bar in many) in (1, 2)


def test_the_chart_is_the_same_whatever_is_guessed() -> None:
    made = bars(CHOICE, Guesses({1: 4}, ()), None)
    rows = table(made)
    drawn = json.loads(json.dumps(spec(len(made), 2.0)))
    alt.Chart.from_dict(drawn | {"data": {"values": rows.to_pylist()}})
    assert "neither" not in json.dumps(drawn)
    assert spec(3, 2.0)["height"] > spec(3, 1.0)["height"]


def test_the_server_prints_the_key_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        startup._say_key(tmp_path)
    assert capsys.readouterr().out.count(kept_key(tmp_path)) == 1
    monkeypatch.setenv("BN_PRESENTER_KEY", "a key of one's own")
    startup._say_key(tmp_path / "other")
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "other" / FILE_NAME).exists()


def test_a_key_that_cannot_be_kept_ends_no_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    startup._say_key(tmp_path / "file")
    assert capsys.readouterr().out == ""


class TestTheLinkOfARun:
    @pytest.fixture(autouse=True)
    def _at_the_machine_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ContextProxy, "url", property(lambda _: "http://localhost:8501/lab/train"))
        monkeypatch.setattr("pages.session.addresses._network_addresses", lambda: ["8.8.8.8", "10.0.0.2"])

    def test_it_is_one_that_others_can_open(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        run = lab.run(status="finished")
        link = data_of(lab.page(run=run), "copy-link")
        assert (link["base"], link["alone"]) == ("http://10.0.0.2:8501/lab/", "")
        monkeypatch.setenv("BN_PUBLIC_URL", "https://lab.example.org/bn")
        assert data_of(lab.page(run=run), "copy-link")["base"] == "https://lab.example.org/bn/"

    def test_it_is_in_the_network_that_was_chosen(self, lab: Lab) -> None:
        page = lab.page(run=lab.run(status="finished"))
        kept(page, Network).chosen = "http://8.8.8.8:8501/lab/"
        assert data_of(page.run(), "copy-link")["base"] == "http://8.8.8.8:8501/lab/"
        kept(page, Network).chosen = "http://192.0.2.9:8501/lab/"
        assert data_of(page.run(), "copy-link")["base"] == "http://10.0.0.2:8501/lab/", "that network is gone"

    def test_where_nobody_else_reaches_the_server_it_says_what_to_do(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = lab.run(status="finished")
        monkeypatch.setattr("pages.session.addresses.listens_here_only", lambda: True)
        monkeypatch.setattr("pages.train_page.copy_link.listens_here_only", lambda: True)
        link = data_of(lab.page(run=run), "copy-link")
        assert (link["base"], link["alone"]) == ("", prose("giving")("join.loopback").replace("`", ""))
        monkeypatch.setattr("pages.train_page.copy_link.listens_here_only", lambda: False)
        assert data_of(lab.page(run=run), "copy-link")["alone"] == prose("giving")("join.nowhere").replace("`", "")
