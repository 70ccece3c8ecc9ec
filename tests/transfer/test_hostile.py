"""A file that is damaged, foreign or hostile: refused with one sentence, and not a byte of the store is changed."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import tomllib
import zlib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest

from bn_core import packing
from bn_core.config import TrainingConfig
from bn_core.questions import answers, questions
from bn_core.runs.copies import RunCopy
from bn_core.runs.records import RunProblem, canonical_question
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from bn_core.training import causes, events
from bn_core.training.events import (
    Checked,
    CheckpointTaken,
    Evaluated,
    Failed,
    RunStarted,
    Score,
    Scored,
    SnapshotTaken,
    StatisticsRecorded,
    Step,
    Stopped,
    pack,
    unpack,
)
from bn_core.transfer import file, plausible, rules
from bn_core.transfer.giving import give
from bn_core.transfer.taking import take
from tests.transfer.made_up import ME, SOMEBODY, Made, asked, record, weights

CONFIG = TrainingConfig.of({"batches": 3})


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with two runs."""
    store = Store.open(tmp_path_factory.mktemp("good"))
    ids = [record(store, Made(CONFIG, 3)), record(store, Made(CONFIG.with_(placement="none"), 2, "failed"))]
    data = give(RunService(store), ids)
    store.close()
    return data


@pytest.fixture(scope="module")
def run(good: bytes) -> RunCopy:
    """The first of them."""
    return file.read(good)[0]


def content(store: Store) -> list[str]:
    with sqlite3.connect(store.path) as connection:
        found = list(connection.iterdump())
    connection.close()
    return found


def sentence(service: RunService, data: bytes) -> str:
    """What somebody is told who brings this file."""
    with pytest.raises(RunProblem) as problem:
        take(service, data, ME)
    said = str(problem.value)
    assert said.isprintable()
    assert len(said) < 300
    assert "Traceback" not in said
    return said


def sealed(*values: Any, version: int = file.VERSION, size: int | None = None, more: bytes = b"") -> bytes:
    """A file with these values in place of runs, and a hash that is right."""
    plain = b"".join(value if isinstance(value, bytes) else msgpack.packb(value) for value in values)
    rest = zlib.compress(plain) + more
    line = f"Batch Norm Lab runs {version} {hashlib.sha256(rest).hexdigest()} {len(plain) if size is None else size}\n"
    return line.encode() + rest


# Damaged ------------------------------------------------------------------------------------------------------------


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The file with some of its bytes changed, lost, doubled or in another place."""
    content = bytearray(data)
    match chance.choice(["flip", "cut", "drop", "splice", "double", "add", "line"]):
        case "flip":
            for _ in range(chance.randint(1, 20)):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        case "cut":
            del content[chance.randrange(len(content)) :]
        case "drop":
            start = chance.randrange(len(content))
            del content[start : start + chance.randint(1, 5000)]
        case "splice":
            start, other = chance.randrange(len(content)), chance.randrange(len(content))
            content[start : start + 1000] = content[other : other + 1000]
        case "double":
            start = chance.randrange(len(content))
            content[start:start] = content[start : start + chance.randint(1, 5000)]
        case "add":
            content += chance.randbytes(chance.randint(1, 100))
        case "line":
            content[chance.randrange(100)] = chance.randrange(256)
    return bytes(content)


def test_three_hundred_damaged_files_change_nothing(good: bytes, here) -> None:
    store, service = here
    record(store, Made(CONFIG.with_(seed=9), 3))
    before = content(store)
    store.close()
    bytes_before = store.path.read_bytes()
    for seed in range(300):
        broken = damaged(good, random.Random(seed))
        if broken != good:
            assert "Nothing was added" in sentence(service, broken), seed
    assert content(store) == before
    assert store.path.read_bytes() == bytes_before


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"a letter", b"PK\x03\x04" + bytes(100), b"SQLite format 3\0" + bytes(1000), b"Batch Norm Lab runs"],
)
def test_a_foreign_file_is_called_so(data: bytes, here) -> None:
    assert f".{file.ENDING}" in sentence(here[1], data)


def test_a_newer_one_says_what_to_do(here) -> None:
    assert "update" in sentence(here[1], sealed({}, version=2))


# With a right hash --------------------------------------------------------------------------------------------------


def test_a_bomb_is_not_unpacked(here) -> None:
    packed = msgpack.packb(bytes(50_000_000))
    compressor = zlib.compressobj(9)
    rest = b"".join(compressor.compress(packed) for _ in range(20)) + compressor.flush()
    assert len(rest) < 1_500_000
    line = f"Batch Norm Lab runs 1 {hashlib.sha256(rest).hexdigest()}"
    for size in (1_000_000_100, 100, 99_000_000, 10**12 - 1):
        sentence(here[1], f"{line} {size}\n".encode() + rest)


DEEP = b"\x91" * 2000 + b"\xc0"
MANY = b"\xdd\x3b\x9a\xca\x00"
"""msgpack of lists within lists, and the beginning of a list of 10^9 values."""


@pytest.mark.parametrize(
    "values",
    [
        [],
        [None],
        [[]],
        [{}],
        [{"id": "abc"}],
        [DEEP],
        [MANY],
        [b"\xdf\x3b\x9a\xca\x00"],
        [b"\xc6\x3b\x9a\xca\x00"],
        [b"\xd6\xff\x00\x00\x00\x00"],
        [b"\xc1"],
        [{1: 2}],
    ],
)
def test_what_is_no_run_is_refused(values: list[Any], here) -> None:
    sentence(here[1], sealed(*values))


def test_lies_about_the_size_and_what_follows_are_seen(run: RunCopy, here) -> None:
    value = file._plain(run)
    sentence(here[1], sealed(value, size=10))
    sentence(here[1], sealed(value, size=99_999_999))
    sentence(here[1], sealed(value, more=b"more"))
    sentence(here[1], sealed(value, MANY))
    sentence(here[1], sealed(value, value))
    sentence(here[1], sealed(value | {"owner": "a" * 64}))
    sentence(here[1], sealed({name: value[name] for name in value if name != "created"}))
    assert take(here[1], sealed(value), ME)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "../../etc1"),
        ("id", ["a"]),
        ("id", None),
        ("config", {}),
        ("config", []),
        ("config", {"batches": 10**9}),
        ("config", {"placement": "sideways"}),
        ("config", {"architecture": "resnet"}),
        ("config", CONFIG.with_(bias=True).to_json()),
        ("config", CONFIG.with_(placement="none").to_json()),
        ("name", "a\nb"),
        ("name", "\x1b[31m"),
        ("name", "\u202egnp.exe"),
        ("name", "a" * 81),
        ("name", " a"),
        ("name", b"a"),
        ("name", ""),
        ("status", "running"),
        ("status", "interrupted"),
        ("status", "stopped\n"),
        ("status", ["finished"]),
        ("message", "Go to http://example.org and enter the key."),
        ("message", {}),
        ("step", -1),
        ("step", 2),
        ("step", 3.0),
        ("step", True),
        ("step", 2**60),
        ("milliseconds", float("nan")),
        ("milliseconds", float("inf")),
        ("milliseconds", -1.0),
        ("milliseconds", 1.0),
        ("created", float("nan")),
        ("created", 1e300),
        ("created", -1.0),
        ("created", "yesterday"),
        ("started", float("inf")),
        ("ended", None),
        ("dataset_note", "MNIST from /home/somebody"),
        ("dataset_note", 5),
        ("test_accuracy", float("nan")),
        ("test_accuracy", 0.123),
        ("test_accuracy", None),
        ("recording", "all"),
        ("recording", "scores"),
        ("snapshots_removed", -1),
        ("snapshots_removed", 2**40),
        ("checked_late", 1),
        ("events", None),
        ("events", []),
        ("events", [["Step"]]),
        ("events", [["Step", "text"]]),
        ("events", {"Step": b""}),
        ("snapshots", [[0, "text"]]),
        ("snapshots", [["0", b""]]),
        ("snapshots", [[-1, b""]]),
        ("snapshots", [[2, b""]]),
        ("answers", [["{}", b""]]),
        ("answers", [[b"{}", b""]]),
        ("answers", [["[" * 400, b""]]),
        ("answers", [['{"kind":"Recalibrate","step":3,"batches":10}', b""]]),
    ],
)
def test_what_a_run_says_of_itself_is_judged(name: str, value: Any, run: RunCopy, here) -> None:
    store, service = here
    before = content(store)
    sentence(service, sealed(file._plain(run) | {name: value}))
    assert content(store) == before


def changed(kind: type[Any], **values: Any) -> Callable[[list[Any]], list[Any]]:
    """Change the last event of a kind."""

    def change(told: list[Any]) -> list[Any]:
        place = max(number for number, event in enumerate(told) if isinstance(event, kind))
        return [*told[:place], replace(told[place], **values), *told[place + 1 :]]

    return change


def swapped(told: list[Any]) -> list[Any]:
    places = [number for number, event in enumerate(told) if isinstance(event, Step)]
    told[places[0]], told[places[1]] = told[places[1]], told[places[0]]
    return told


def without(kind: type[Any]) -> Callable[[list[Any]], list[Any]]:
    return lambda told: [event for event in told if not isinstance(event, kind)]


def floats(*shape: int, fill: float = 0.5, dtype: Any = np.float32) -> np.ndarray:
    return np.full(shape, fill, dtype)


NAN = float("nan")
CHANNELS = CONFIG.architecture.channels

EVENTS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "a step out of order": swapped,
    "a step that is missing": lambda told: [each for each in told if not (isinstance(each, Step) and each.step == 2)],
    "a step twice": lambda told: [*told[:-1], next(each for each in told if isinstance(each, Step)), told[-1]],
    "a step beyond the last": lambda told: [*told[:-1], Step(4, 0.5, 0.5, 1.0), told[-1]],
    "statistics that are missing": lambda told: [
        each for each in told if not (isinstance(each, StatisticsRecorded) and each.step == 2)
    ],
    "no beginning": lambda told: told[1:],
    "a beginning in the middle": lambda told: [*told[:-1], replace(told[0], step=9), told[-1]],
    "no end": without(Scored),
    "two ends": lambda told: [*told, told[-1]],
    "more after the end": lambda told: [*told, told[1]],
    "an end of another kind": lambda told: [*told[:-1], Failed(4, "Send money.", None)],
    "a stop after the end": lambda told: [*told, Stopped(3)],
    "another configuration": changed(RunStarted, config=CONFIG.with_(seed=1).to_json()),
    "a configuration of anything": changed(RunStarted, config=["a"]),
    "another data set": changed(RunStarted, dataset="fashion-mnist"),
    "a data set by its path": changed(RunStarted, dataset="/home/somebody/mnist.npz"),
    "a hash that is none": changed(RunStarted, dataset_sha256="x"),
    "a version that is a novel": changed(RunStarted, versions={"python": "3" * 1000}),
    "versions with control characters": changed(RunStarted, versions={"python": "\x1b[2J"}),
    "images without number": changed(RunStarted, train_images=0),
    "an accuracy that is none": changed(Step, accuracy=NAN),
    "an accuracy above 1": changed(Step, accuracy=1.5),
    "a negative loss": changed(Step, loss=-1.0),
    "a loss of text": changed(Step, loss="1.0"),
    "a whole loss": changed(Step, loss=1),
    "a time that is none": changed(Step, milliseconds=NAN),
    "negative time": changed(Step, milliseconds=-1.0),
    "a step of text": changed(Step, step="3"),
    "a step that is true": changed(Step, step=True),
    "a score of anything": changed(Evaluated, moving=0.5),
    "a score with a share that is none": changed(Evaluated, batch=Score(0.5, NAN)),
    "a share of text": changed(Evaluated, recalibrated=Score(0.5, "0.5")),  # type: ignore[arg-type]
    "no image": changed(Evaluated, images=0),
    "a check of what": changed(Checked, images="<script>"),
    "a check of another batch": changed(Checked, batch=0),
    "statistics of another network": changed(StatisticsRecorded, mean=floats(3)),
    "statistics of float64": changed(StatisticsRecorded, mean=floats(CHANNELS, dtype=np.float64)),
    "statistics the other way round": changed(StatisticsRecorded, mean=floats(CHANNELS, dtype=">f4")),
    "a negative variance": changed(StatisticsRecorded, variance=floats(CHANNELS, fill=-1)),
    "statistics of text": changed(StatisticsRecorded, mean="text"),
    "no statistics": changed(StatisticsRecorded, mean=None),
    "points in another order": changed(events.LayersProbed, points=["bn", "linear", "relu"]),
    "points that are none": changed(events.LayersProbed, points=None),
    "histograms of another shape": changed(events.LayersProbed, histograms=floats(2, 20, 3, dtype=np.int32)),
    "empty histograms": changed(events.LayersProbed, histograms=np.zeros((2, 20, 105), np.int32)),
    "negative counts": changed(events.LayersProbed, histograms=floats(2, 20, 105, fill=-1, dtype=np.int32)),
    "a share of zeros above 1": changed(events.LayersProbed, zeros=floats(3, 20, fill=2)),
    "no mean": changed(events.LayersProbed, mean=None),
    "gradients of biases that are not there": changed(events.LayersProbed, bias_gradients=floats(20)),
    "gammas of another network": changed(events.LayersProbed, gamma=floats(3)),
    "an empty confusion": changed(Scored, test_confusion=np.zeros((10, 10), np.int64)),
    "a negative confusion": changed(Scored, test_confusion=floats(10, 10, fill=-1, dtype=np.int64)),
    "a confusion of floats": changed(Scored, test_confusion=floats(10, 10)),
    "an eleventh class": changed(Scored, one_by_one_labels=floats(100, fill=10, dtype=np.uint8)),
    "ninety-nine labels": changed(Scored, one_by_one_labels=floats(99, fill=1, dtype=np.uint8)),
    "an accuracy of one": changed(Scored, one_by_one=2.0),
    "weights among events": lambda told: [*told[:-1], weights(CONFIG, 3), told[-1]],
    "a checkpoint among events": lambda told: [*told[:-1], CheckpointTaken(3, {}), told[-1]],
}


@pytest.mark.parametrize("what", EVENTS)
def test_events_that_no_training_says_are_refused(what: str, run: RunCopy, here) -> None:
    told = EVENTS[what]([unpack(packed) for _, packed in run.events])
    copy = replace(run, events=tuple((type(event).__name__, pack(event)) for event in told))
    # All else of the run goes along: it is this that is seen.
    scores = [event for event in told if isinstance(event, Scored)]
    copy = replace(
        copy,
        step=max((event.step for event in told if type(event.step) is int), default=0),
        milliseconds=sum(x for x in (getattr(event, "milliseconds", 0.0) for event in told) if x >= 0),
        test_accuracy=scores[0].test.accuracy if scores else None,
    )
    with pytest.raises(plausible.Implausible):
        plausible.check(copy)
    sentence(here[1], file.written([copy]))


def packed_as(name: str, **values: Any) -> bytes:
    return msgpack.packb([name, values])


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        DEEP,
        MANY,
        msgpack.packb(["Step"]),
        msgpack.packb([["Step"], {}]),
        msgpack.packb(["Step", [1, 2]]),
        packed_as("Step", step=1, loss=0.5, accuracy=0.5, milliseconds=1.0, more=1),
        packed_as("Nothing", step=1),
        packed_as("Stopped", step={"__array__": "<f4", "shape": [10**9], "data": b"1234"}),
        packed_as("Stopped", step={"__array__": "O", "shape": [1], "data": b"12345678"}),
        packed_as("Stopped", step={"__array__": "<f4", "shape": [-1], "data": b"1234"}),
        packed_as("Stopped", step={"__array__": {}, "shape": None, "data": 5}),
        packed_as("Stopped", step=b"\xff" * 70_000),
        packed_as("Stopped", step=msgpack.Timestamp(1)),
    ],
)
def test_bytes_that_are_no_event_are_refused(packed: bytes, run: RunCopy, here) -> None:
    for kind in ("Step", "Stopped"):
        sentence(here[1], file.written([replace(run, events=(*run.events[:-1], (kind, packed), run.events[-1]))]))


def test_an_event_under_another_kind_is_refused(run: RunCopy, here) -> None:
    hidden = tuple(("Checked" if kind == "Step" else kind, packed) for kind, packed in run.events)
    sentence(here[1], file.written([replace(run, events=hidden)]))


ARRAYS = weights(CONFIG, 3).arrays
PATH = "conv_7/kernel"


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        pack(Stopped(3)),
        pack(SnapshotTaken(0, ARRAYS)),
        pack(SnapshotTaken(True, ARRAYS)),
        pack(SnapshotTaken(3, {})),
        pack(SnapshotTaken(3, {path: array for path, array in ARRAYS.items() if path != PATH})),
        pack(SnapshotTaken(3, ARRAYS | {"conv_99/kernel": ARRAYS[PATH]})),
        pack(SnapshotTaken(3, ARRAYS | {PATH: ARRAYS[PATH].astype(np.float64)})),
        pack(SnapshotTaken(3, ARRAYS | {PATH: ARRAYS[PATH].ravel()})),
        pack(SnapshotTaken(3, ARRAYS | {PATH: "text"})),  # type: ignore[dict-item]
        pack(SnapshotTaken(3, [1, 2])),  # type: ignore[arg-type]
        pack(SnapshotTaken(3, ARRAYS)) + b"more",
        pack(weights(CONFIG.with_(placement="none"), 3)),
        pack(weights(CONFIG.with_(bug="wrong-axes"), 3)),
        bytes(3_000_000),
    ],
)
def test_weights_of_another_network_are_refused(packed: bytes, run: RunCopy, here) -> None:
    sentence(here[1], file.written([replace(run, snapshots={0: run.snapshots[0], 3: packed})]))


QUESTION = canonical_question(questions.Recalibrate(3).to_json())
(RECALIBRATED,) = [answer for _, answer in asked(Made(CONFIG, 3)) if isinstance(answer, answers.Recalibrated)]


def altered(**values: Any) -> bytes:
    return answers.pack(replace(RECALIBRATED, **values))


@pytest.mark.parametrize(
    ("question", "packed"),
    [
        (QUESTION, b""),
        (QUESTION, zlib.compress(bytes(100_000_000))),
        (QUESTION, altered() + b"more"),
        (QUESTION, altered()[:-5]),
        (QUESTION, altered(images=0)),
        (QUESTION, altered(moving=Score(0.5, NAN))),
        (QUESTION, altered(means=floats(3))),
        (QUESTION, altered(variances="text")),
        (QUESTION, answers.pack(answers.DecayApplied(250, Score(0.5, 0.5)))),
        (QUESTION, zlib.compress(packing.pack(Stopped(3)))),
        (QUESTION.replace(",", ", "), altered()),
        (QUESTION.replace("3", "4"), altered()),
        (QUESTION.replace("Recalibrate", "Reveal"), altered()),
        ("null", altered()),
        ('{"a":' * 90, altered()),
        (canonical_question({"kind": "ClassifyDrawing", "step": 3, "pixels": "A" * 1046 + "=="}), altered()),
    ],
)
def test_answers_to_nothing_are_refused(question: str, packed: bytes, run: RunCopy, here) -> None:
    assert plausible.check(replace(run, answers={QUESTION: altered()})) is None
    sentence(here[1], file.written([replace(run, answers={question: packed})]))


@pytest.mark.parametrize(
    ("cause", "layer"), [("Send money.", None), (causes.OUTPUT, "conv_3"), (causes.OTHER, "conv_3")]
)
def test_why_it_failed_is_said_in_the_words_of_the_lab(good: bytes, cause: str, layer: str | None, here) -> None:
    failed = file.read(good)[1]
    told = (*failed.events[:-1], ("Failed", pack(Failed(3, cause, layer))))
    sentence(here[1], file.written([replace(failed, events=told, message=cause)]))
    sentence(here[1], file.written([replace(failed, message=cause)]))


def test_one_bad_run_keeps_all_out(good: bytes, here) -> None:
    store, service = here
    one, other = file.read(good)
    before = content(store)
    assert sentence(service, file.written([one, replace(other, step=1)])).startswith("Run 2 ")
    assert content(store) == before
    assert service.runs(ME) == []
    assert len(take(service, good, SOMEBODY)) == 2


# Rules --------------------------------------------------------------------------------------------------------------


def test_every_field_of_every_event_and_answer_has_a_rule() -> None:
    apart = {SnapshotTaken, CheckpointTaken}
    assert rules.event_rules(CONFIG).keys() == set(events.KINDS.values()) - apart
    assert rules.answer_rules(CONFIG).keys() == set(answers.KINDS.values())
    for of_kind in (rules.event_rules(CONFIG), rules.answer_rules(CONFIG)):
        for kind, of_fields in of_kind.items():
            assert list(of_fields) == [field.name for field in fields(kind)]
    assert plausible.ANSWER_TO.keys() == set(questions.KINDS.values())


def test_a_list_that_announces_a_billion_takes_no_room() -> None:
    with pytest.raises(ValueError, match="not of a kind or form"):
        unpack(MANY)


def test_the_server_takes_what_the_lab_takes() -> None:
    settings = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["maxUploadSize"] * 2**20 == file.MOST_FILE_BYTES
