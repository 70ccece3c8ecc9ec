"""A recorded run reads like any other, and has what only recorded runs have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.architecture import Architecture
from bn_core.exhibits import Library, archive
from bn_core.exhibits.curves import Curves
from bn_core.exhibits.full import PLACES, captured_entry
from bn_core.exhibits.reader import INDEX, MEMBERS
from bn_core.exhibits.recording.publish import publish
from bn_core.exhibits.recording.recording import Recording
from bn_core.network.layers_probed import LayersProbed
from bn_core.packing import made
from bn_core.questions import answers
from bn_core.questions.questions import question_of
from bn_core.runs.history import Histories
from bn_core.runs.inside import ProbeHistory, Probes, Statistics, StatisticsHistory
from bn_core.runs.records import canonical_question, is_run_id
from bn_core.runs.store import Store
from bn_core.training.events import RecordedEvent, Scored, SnapshotTaken, StatisticsRecorded, Step, pack, unpack
from tests.exhibits.made_up import BEFORE, NONE, STEPS, activations, answered, told, weights
from tests.exhibits.recorded_events import answered_questions, recorded_events, rows_of

NO_RUNS = ["zzzzzzzzzz", "", "members", "../before", "\ud800", None, 7]


def in_half(values: np.ndarray) -> np.ndarray:
    """How far off half precision may be."""
    return np.abs(values) * 2.0**-11


def bits(value: object) -> object:
    """Anything of a history, comparable bit for bit."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    if isinstance(value, tuple):
        return [bits(item) for item in value]
    return value if value is None else pack(value)


# Who is there


def test_members_are_listed_by_group_and_found_by_variant(shelf: Library) -> None:
    assert [member.variant for member in shelf.members("race")] == ["none", "before"], "in the exhibits' order"
    sweep = [(member.variant, member.record.config.seed) for member in shelf.members("sweep")]
    assert sweep == [("none", 0), ("before", 0), ("before", 3)]
    assert [member.variant for member in shelf.members("bugs")] == ["learning-rate-x15"]
    assert shelf.members("short") == ()
    assert len(shelf.members()) == 4
    found = shelf.find("before", 3)
    assert found is not None
    assert found.record.config.seed == 3
    assert shelf.find("before", 4) is None
    assert shelf.find("nothing") is None


def test_a_member_is_a_run_that_nobody_owns(shelf: Library, recordings: dict[str, Recording]) -> None:
    member = shelf.member(BEFORE.run_id)
    assert member is not None
    assert (member.full, member.captured, member.snapshot_steps) == (True, True, STEPS)
    assert member.provenance == recordings["before"].provenance
    record = member.record
    assert is_run_id(record.id)
    assert shelf.run(record.id) == record
    assert (record.config, record.status, record.owner, record.active) == (BEFORE.config, "finished", "", False)
    assert (record.step, record.test_accuracy, record.dataset_note) == (4, 0.9375, "MNIST, 55,000 training images")
    assert (record.created, record.ended) == (1e9, 1e9 + 60)
    spent = sum(getattr(unpack(event), "milliseconds", 0.0) for event in recordings["before"].events)
    assert record.milliseconds == pytest.approx(spent)


def test_a_run_that_failed_says_so(shelf: Library) -> None:
    (member,) = shelf.members("bugs")
    assert (member.record.status, member.record.message) == ("failed", "The loss is not a number.")
    assert member.record.test_accuracy is None
    assert shelf.history(member.record.id).failed is not None


@pytest.mark.parametrize("run", NO_RUNS)
def test_what_is_no_recorded_run_has_nothing(shelf: Library, run: str) -> None:
    assert shelf.member(run) is shelf.run(run) is shelf.snapshot(run, 100) is shelf.captured_batch(run) is None
    assert shelf.channel(run, 100, 1, 0) is shelf.answer(run, "{}") is shelf.dataset_sha256(run) is None
    assert recorded_events(shelf, run) == []
    assert shelf.snapshot_steps(run) == ()
    assert shelf.history(run).last_number == shelf.probes(run).last_number == shelf.statistics(run).last_number == 0


# Events


@pytest.mark.parametrize("key", ["before", "none", "before-seed-3", "learning-rate-x15"])
def test_a_recorded_run_reads_like_a_stored_one(
    shelf: Library, recordings: dict[str, Recording], tmp_path: Path, key: str
) -> None:
    recording = recordings[key]
    recorded = recording.exhibit.run_id
    store = Store.open(tmp_path)
    stored = store.add_run(recording.exhibit.config, "owner")
    rows = recorded_events(shelf, recorded)
    store.append(stored, [RecordedEvent.of(unpack(packed)) for _, packed in rows])
    assert rows == store.events(stored)
    for own, others in (
        (shelf.history(recorded), Histories(store).read(stored)),
        (shelf.probes(recorded), Probes(store).read(stored)),
        (shelf.statistics(recorded), Statistics(store).read(stored)),
    ):
        for name, value in vars(own).items():
            if name not in ("run_id", "last_number"):
                assert bits(value) == bits(getattr(others, name)), name
    assert shelf.history(recorded).last_number == len(recording.events)
    store.close()


@pytest.mark.parametrize("key", ["before", "none", "before-seed-3", "learning-rate-x15"])
def test_events_are_as_they_were_but_for_what_is_said_to_be_rounded(
    shelf: Library, recordings: dict[str, Recording], key: str
) -> None:
    recording = recordings[key]
    rows = recorded_events(shelf, recording.exhibit.run_id)
    assert [number for number, _ in rows] == list(range(1, len(recording.events) + 1))
    for (_, packed), original in zip(rows, recording.events, strict=True):
        event, was = unpack(packed), unpack(original)
        assert type(event) is type(was)
        if isinstance(event, Step) and isinstance(was, Step):
            assert (event.step, event.loss, event.accuracy) == (was.step, was.loss, was.accuracy)
            assert event.milliseconds == pytest.approx(was.milliseconds, rel=2**-11)
        elif isinstance(event, StatisticsRecorded) and isinstance(was, StatisticsRecorded):
            assert event.step == was.step
            for name in ("mean", "variance"):
                exact = getattr(was, name)
                assert np.all(np.abs(getattr(event, name) - exact) <= in_half(exact))
        else:
            assert packed == original


@given(losses=st.lists(st.floats(0, 100, width=32), max_size=30), seed=st.integers(0, 99))
def test_curves_come_back_in_order(losses: list[float], seed: int) -> None:
    events = [Step(step, loss, 0.5, 1.0) for step, loss in enumerate(losses, 1)]
    others = [event for event in told(NONE.config, 0) if not isinstance(event, StatisticsRecorded)]
    for place, event in zip(np.random.default_rng(seed).integers(0, len(events) + 1, len(others)), others, strict=True):
        events.insert(int(place), event)
    curves = made(Curves, vars(Curves.of(events)))
    probes = tuple(event for event in events if isinstance(event, LayersProbed))
    rows = rows_of(curves, ProbeHistory("", 0, probes), StatisticsHistory(""))
    assert rows == [(number, pack(event)) for number, event in enumerate(events, 1)]


@pytest.mark.parametrize("steps", [[Step(2, 1.0, 1.0, 1.0)], [Step(1, 0.1, 1.0, 1.0)]])
def test_what_is_no_training_is_not_recorded(steps: list[Step]) -> None:
    with pytest.raises(ValueError, match=r"update|float32"):
        Curves.of(steps)


# Weights


@pytest.mark.parametrize("exhibit", [BEFORE, NONE], ids=["before", "none"])
def test_a_snapshot_has_its_weights_and_the_taps_that_were_left_out(shelf: Library, exhibit: object) -> None:
    run = exhibit.run_id  # type: ignore[attr-defined]
    assert shelf.snapshot_steps(run) == STEPS
    packed = shelf.snapshot(run, STEPS[1])
    assert packed is not None
    taken = unpack(packed)
    assert isinstance(taken, SnapshotTaken)
    exact = weights(exhibit.config)  # type: ignore[attr-defined]
    assert taken.step == STEPS[1]
    assert list(taken.arrays) == list(exact)
    for path, array in taken.arrays.items():
        assert array.shape == exact[path].shape
        if path.endswith("/kernel"):
            assert np.all(np.abs(array - exact[path]) <= np.abs(exact[path]) * 2.0**-12)
        else:
            assert np.array_equal(array, exact[path])
    assert np.array_equal(taken.arrays["conv_19/kernel"][0, 0], exact["conv_19/kernel"][0, 0]), "never reached"
    assert shelf.snapshot(run, 7) is None


def test_curves_come_without_weights_and_answers(shelf: Library) -> None:
    (run,) = (member.record.id for member in shelf.members("bugs"))
    assert shelf.snapshot_steps(run) == shelf.probes(run).probes == ()
    assert shelf.snapshot(run, 100) is shelf.answer(run, "{}") is shelf.captured_batch(run) is None
    assert shelf.statistics(run).means.shape == (0, 0)


# Answers


def test_answers_come_back_bit_for_bit(shelf: Library) -> None:
    expected = {question: packed for step in STEPS for question, packed in answered(step).items()}
    asked = [canonical_question(question) for question in answered_questions(shelf, BEFORE.run_id)]
    assert sorted(asked) == sorted(expected)
    for question, packed in expected.items():
        recorded = shelf.answer(BEFORE.run_id, question)
        assert recorded is not None
        assert answers.packing.pack(answers.unpack(recorded)) == answers.packing.pack(answers.unpack(packed))
    for question in answered_questions(shelf, BEFORE.run_id):
        assert question_of(question).to_json() == question
    assert shelf.answer(BEFORE.run_id, '{"kind":"ScoreOneByOne","step":7}') is None


# Captured channels


def test_a_channel_is_captured_with_what_belongs_to_it(shelf: Library) -> None:
    exact = activations()
    for layer, place, channel, side in ((1, 0, 0, 1), (3, 1, 6, 14), (20, 1, 50, 1)):
        captured = shelf.channel(BEFORE.run_id, STEPS[0], layer, place)
        assert captured is not None
        assert (captured.step, captured.layer, captured.channel) == (STEPS[0], layer, channel)
        assert (captured.side, captured.values.shape) == (side, (64, side * side))
        assert (captured.momentum, captured.epsilon) == (0.99, 0.001)
        values = exact[layer - 1][..., channel].reshape(64, -1)
        assert np.all(np.abs(captured.values - values) <= in_half(values))
        arrays = weights(BEFORE.config)
        for name in ("gamma", "beta", "moving_mean", "moving_variance"):
            assert getattr(captured, name) == arrays[f"bn_{layer}/{name}"][channel]
            assert isinstance(getattr(captured, name), float)
        assert (
            Architecture().channels_of(layer).start
            <= Architecture().channels_of(layer).start + channel
            < Architecture().channels_of(layer).stop
        )
    batch = shelf.captured_batch(BEFORE.run_id)
    assert batch is not None
    assert (batch.batch, batch.pictures.shape, batch.labels.tolist()[:3]) == (0, (64, 28, 28), [0, 1, 2])


@pytest.mark.parametrize(("layer", "place"), [(0, 0), (21, 0), (1, -1), (1, PLACES)])
def test_there_are_two_channels_in_each_of_twenty_layers(shelf: Library, layer: int, place: int) -> None:
    with pytest.raises(IndexError, match="1 to 20"):
        shelf.channel(BEFORE.run_id, STEPS[0], layer, place)


def test_only_the_steps_with_weights_of_the_one_run_have_channels(shelf: Library) -> None:
    assert shelf.channel(BEFORE.run_id, 7, 1, 0) is None
    assert shelf.channel(NONE.run_id, STEPS[0], 1, 0) is shelf.captured_batch(NONE.run_id) is None
    assert [len(layer) for layer in captured_entry(activations(), Architecture())] == [PLACES] * 20


# Files


def test_a_folder_without_recordings_is_an_empty_library(tmp_path: Path) -> None:
    assert Library(tmp_path).members() == ()
    assert Library(tmp_path / "nowhere").run(BEFORE.run_id) is None


def test_a_damaged_file_hides_what_is_in_it_and_the_log_says_so(
    recordings: dict[str, Recording], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recordings["before"].save(tmp_path / "work.zip")
    publish([tmp_path / "work.zip"], tmp_path / "data", [BEFORE])
    (tmp_path / "data" / "before.zip").write_bytes(b"damaged")
    shelf = Library(tmp_path / "data")
    assert shelf.history(BEFORE.run_id).last_step == 4
    assert shelf.probes(BEFORE.run_id).probes == answered_questions(shelf, BEFORE.run_id) == ()
    assert np.searchsorted(shelf.statistics(BEFORE.run_id).steps, 9, "right") == 0
    assert shelf.snapshot(BEFORE.run_id, STEPS[0]) is shelf.channel(BEFORE.run_id, STEPS[0], 1, 0) is None
    assert "before.zip" in caplog.text
    (tmp_path / "data" / "index.zip").write_bytes(b"damaged")
    assert Library(tmp_path / "data").members() == ()


def test_files_of_another_version_are_left_out(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (member, *_) = archive.read(folder / INDEX, MEMBERS)
    archive.write(tmp_path / INDEX, {MEMBERS: [member | {"a field of tomorrow": 1}]})
    assert Library(tmp_path).members() == ()
    assert "another version" in caplog.text


def test_publishing_again_replaces_what_is_new_and_keeps_the_rest(
    recordings: dict[str, Recording], tmp_path: Path
) -> None:
    data, work = tmp_path / "data", tmp_path / "work.zip"
    known = [each.exhibit for each in recordings.values()]
    for key in ("before", "none"):
        recordings[key].save(work)
        publish([work], data, known)
    again = Recording(**vars(recordings["before"]) | {"ended": 2e9})
    again.save(work)
    publish([work], data, known)
    shelf = Library(data)
    assert {member.variant: member.record.ended for member in shelf.members()} == {"none": 1e9 + 60, "before": 2e9}
    for run in (BEFORE.run_id, NONE.run_id):
        history = shelf.history(run)
        assert isinstance(history.scored, Scored)
        assert history.last_step == 4
    publish([], data, [replace(NONE, label="Another name")])
    assert [(member.label, member.record.name) for member in Library(data).members()] == [
        ("Another name", "Recorded: Another name")
    ]
    publish([], data, [NONE])
    assert [member.variant for member in Library(data).members()] == ["none"], "what is no exhibit any more goes"
    assert sorted(file.name for file in data.iterdir()) == ["index.zip", "none.zip"]
