"""A file of runs makes the round trip bit for bit, and leaves who, where and on what machine behind."""

from __future__ import annotations

import contextlib
import getpass
import io
import json
import re
import socket
import sqlite3
import tempfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bn_core.bugs import EFFECTS
from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from bn_core.network.weight_shapes import weight_shapes
from bn_core.protocol import is_scheduled
from bn_core.questions import answers
from bn_core.runs.checks import SEAL
from bn_core.runs.records import (
    NotPossible,
    RunDamaged,
    UnknownRun,
    WeightsDamaged,
    canonical_question,
    owner_hash,
)
from bn_core.runs.service import RunService
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.training import causes
from bn_core.training.events import pack, unpack
from bn_core.transfer import file
from bn_core.transfer.file import TransferProblem
from bn_core.transfer.giving import fits, give
from bn_core.transfer.taking import take
from tests.runs.stand_ins import tamper
from tests.transfer.made_up import ME, SOMEBODY, Made, probe, record, told, weights

LEFT_BEHIND = {"owner", "address", "worker", "queue_number", "turns_before", "sweep", "shared", "pinned"}
"""What a row of `runs` says of who asked, and of what was done with it here."""

CONFIG = TrainingConfig.of({"batches": 3})

configs = st.builds(
    lambda **values: TrainingConfig.of(values),
    placement=st.sampled_from(["none", "before", "after"]),
    bias=st.booleans(),
    bug=st.sampled_from(list(EFFECTS)),
    implementation=st.sampled_from(["layer", "by-hand"]),
    dataset=st.sampled_from(["mnist", "mnist-5k", "fashion-mnist"]),
    batches=st.integers(1, 4),
    learning_rate=st.floats(1e-5, 1.0),
)


@st.composite
def runs(draw: st.DrawFn) -> Made:
    config = draw(configs)
    status = draw(st.sampled_from(["finished", "failed", "stopped"]))
    # The batch that broke is none of those that were done.
    most = config.batches - (status == "failed")
    return Made(
        config,
        config.batches if status == "finished" else draw(st.integers(0, most)),
        status,
        draw(st.integers(0, 2**32)),
        draw(st.none() | st.text(st.characters(categories=["L", "N", "S"]), min_size=1, max_size=80)),
        draw(st.booleans()),
        draw(st.booleans()),
        False,
        draw(st.sampled_from(["everything", "scores"])),
        draw(st.sampled_from([(causes.LOSS, None), (causes.GRADIENT.format(layer="dense"), "dense")])),
    )


def stored(store: Store) -> dict[str, list[Any]]:
    """Everything that a store has of runs which outlives their training, but for what is left behind."""
    with sqlite3.connect(store.path) as connection:
        connection.row_factory = sqlite3.Row
        rows = {
            "runs": "SELECT * FROM runs ORDER BY id",
            "events": "SELECT * FROM events ORDER BY run_id, number",
            "blobs": "SELECT * FROM blobs WHERE kind = 'snapshot' ORDER BY run_id, step",
            "questions": "SELECT run_id, digest, one_off, state, question, answer, seal FROM questions "
            "ORDER BY run_id, digest",
        }
        found = {name: [dict(row) for row in connection.execute(query)] for name, query in rows.items()}
    connection.close()
    for run in found["runs"]:
        for name in LEFT_BEHIND | {SEAL}:
            del run[name]
        # A checkpoint is for going on, which a run that has ended does not.
        run["weights"] = json.loads(run["weights"]).get("snapshot", {})
    return found


def test_whatever_a_run_is_the_file_makes_the_round_trip_bit_for_bit() -> None:
    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(st.lists(runs(), min_size=1, max_size=3))
    def check(made: list[Made]) -> None:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            one, two = Store.open(Path(folder) / "one"), Store.open(Path(folder) / "two")
            ids = [record(one, each) for each in made]
            data = give(RunService(one), ids)
            kept = take(RunService(two), data, SOMEBODY)
            assert [(run.id, run.was_there) for run in kept] == [(run_id, False) for run_id in ids]
            assert give(RunService(two), ids) == data
            assert stored(two) == stored(one)
            for run_id in ids:
                record_of = two.run(run_id)
                assert record_of is not None
                assert record_of.owner == owner_hash(SOMEBODY)
                assert two.snapshot_steps(run_id) == one.snapshot_steps(run_id)
                assert [two.snapshot(run_id, step) for step in two.snapshot_steps(run_id)] == [
                    one.snapshot(run_id, step) for step in one.snapshot_steps(run_id)
                ]
            one.close()
            two.close()

    check()


@pytest.mark.parametrize("placement", ["none", "before", "after"])
def test_what_came_in_is_read_like_any_other_run(here, there, placement: str) -> None:
    config = TrainingConfig.of({"placement": placement, "batches": 3})
    (one, giving), (_, taking) = here, there
    run_id = record(one, Made(config, 3, name="Mine, and nobody's <b>else</b>"))
    take(taking, give(giving, [run_id]), SOMEBODY)
    assert taking.run(run_id).name == "Mine, and nobody's <b>else</b>"
    assert [run.id for run in taking.runs(SOMEBODY)] == [run_id]
    for read in ("history", "probes", "statistics"):
        mine, theirs = getattr(giving, read)(run_id), getattr(taking, read)(run_id)
        assert mine.last_number == theirs.last_number
    assert len(taking.history(run_id).steps) == 3
    assert len(taking.probes(run_id).probes) == 3
    assert len(taking.statistics(run_id).steps) == (3 if config.normalized else 0)
    question = {"kind": "ScoreOneByOne", "step": 3}
    assert taking.ask(run_id, question) == giving.ask(run_id, question)


def test_a_run_that_was_interrupted_and_went_on_is_taken_too(here, there) -> None:
    run_id = record(here[0], Made(CONFIG, 3, resumed=True))
    data = give(here[1], [run_id])
    take(there[1], data, ME)
    assert give(there[1], [run_id]) == data


def test_equal_runs_give_equal_bytes(here) -> None:
    ids = [record(here[0], Made(CONFIG, 3, seed=seed)) for seed in (0, 1)]
    assert give(here[1], ids) == give(here[1], [ids[0], *ids])
    assert give(here[1], ids) != give(here[1], ids[::-1])


# What is left behind ------------------------------------------------------------------------------------------------


def texts_in(value: Any) -> set[str]:
    """Every text in a value of msgpack, also where bytes are msgpack, compressed or not."""
    match value:
        case str():
            return {value}
        case bytes():
            for opened in (lambda: zlib.decompress(value), lambda: value):
                with contextlib.suppress(ValueError, zlib.error, msgpack.UnpackException):
                    return texts_in(msgpack.unpackb(opened()))
            return set()
        case dict():
            return texts_in([*value, *value.values()])
        case list():
            return set().union(*map(texts_in, value))
    return set()


def test_it_names_no_path_user_host_owner_or_address(here) -> None:
    store, service = here
    words = f"OSError: {Path.home()} on {socket.gethostname()} by {getpass.getuser()}: no room"
    ids = [record(store, Made(CONFIG, 2, "failed", cause=(words, None))), record(store, Made(CONFIG, 3))]
    assert words in str(store.run(ids[0]).message)
    inside = zlib.decompress(give(service, ids).partition(b"\n")[2])
    texts = texts_in(list(msgpack.Unpacker(io.BytesIO(inside))))
    assert {causes.OTHER, "mnist", "tensorflow", "Failed", "conv_3/kernel", "means"} <= texts
    names = [str(Path.home()), str(store.path), socket.gethostname(), getpass.getuser(), ME, str(owner_hash(ME))]
    names += ["10.1.2.3", "10.9.8.7", "no room", "worker", "owner", "address"]
    for name in names:
        assert [text for text in texts if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)] == []
        # Of a short name random bytes may remind.
        assert len(name) < 6 or name.encode() not in inside


def test_what_failed_by_its_own_numbers_says_so_elsewhere(here, there) -> None:
    run_id = record(here[0], Made(CONFIG, 2, "failed"))
    take(there[1], give(here[1], [run_id]), ME)
    assert there[0].run(run_id).message == here[0].run(run_id).message
    assert there[1].history(run_id).failed == here[1].history(run_id).failed


def test_a_drawing_of_somebody_is_not_taken_along(here) -> None:
    store, service = here
    run_id = record(store, Made(CONFIG, 3, answered=False))
    question = canonical_question({"kind": "ClassifyDrawing", "step": 3, "pixels": "A" * 1046 + "=="})
    store.ask(run_id, question)
    (taken,) = store.take_questions()
    store.answer_question(taken.id, answers.pack(answers.DrawingClassified(None, None, None, None)))
    assert file.read(give(service, [run_id]))[0].answers == {}


# What is there already ----------------------------------------------------------------------------------------------


def test_the_same_run_is_not_added_twice(here, there) -> None:
    ids = [record(here[0], Made(CONFIG, 3, seed=seed)) for seed in (0, 1)]
    take(there[1], give(here[1], ids[:1]), ME)
    before = stored(there[0])
    kept = take(there[1], give(here[1], ids[:1]), SOMEBODY)
    assert [(run.id, run.was_there) for run in kept] == [(ids[0], True)]
    assert stored(there[0]) == before
    kept = take(there[1], give(here[1], ids), ME)
    assert [(run.id, run.was_there) for run in kept] == [(ids[0], True), (ids[1], False)]


def test_a_run_whose_id_another_one_has_gets_one_of_its_own(here, there) -> None:
    run_id = record(here[0], Made(CONFIG, 3))
    (copy,) = file.read(give(here[1], [run_id]))
    other = replace(copy, config=copy.config.with_(seed=5), events=(), step=0, milliseconds=0.0)
    there[0].keep([replace(other, status="stopped", test_accuracy=None)], str(owner_hash(SOMEBODY)))
    (kept,) = take(there[1], give(here[1], [run_id]), ME)
    assert not kept.was_there
    assert kept.id != run_id
    assert there[0].run(run_id).config.seed == 5
    (again,) = file.read(give(there[1], [kept.id]))
    assert replace(again, id=run_id) == copy


def test_no_run_takes_the_place_of_one_that_comes_with_the_app(here, there) -> None:
    run_id = record(here[0], Made(CONFIG, 3))
    shipped = library().runs()[0].id
    data = file.written([replace(copy, id=shipped) for copy in file.read(give(here[1], [run_id]))])
    service = RunService(there[0], [library()])
    (kept,) = take(service, data, ME)
    assert kept.id != shipped


def test_one_that_was_deleted_a_moment_ago_is_back(here) -> None:
    run_id = record(here[0], Made(CONFIG, 3))
    data = give(here[1], [run_id])
    here[1].delete(run_id, ME)
    with pytest.raises(NotPossible):
        take(here[1], data, SOMEBODY)
    assert here[1].run(run_id) is None
    (kept,) = take(here[1], data, ME)
    assert kept.was_there
    assert here[1].run(run_id) is not None


def test_a_damaged_run_is_mended_by_deleting_it_and_bringing_its_copy(here) -> None:
    store, service = here
    run_id = record(store, Made(CONFIG, 3))
    data, before = give(service, [run_id]), service.history(run_id)
    tamper(store, "UPDATE events SET packed = x'00' WHERE run_id = ? AND number = 2", run_id)
    with pytest.raises(RunDamaged):
        give(service, [run_id])
    with pytest.raises(RunDamaged):
        RunService(store).history(run_id)
    service.delete(run_id, ME)
    (kept,) = take(service, data, ME)
    assert (kept.id, kept.was_there) == (run_id, False)
    assert service.history(run_id).evaluations == before.evaluations
    assert give(service, [run_id]) == data


# What cannot be given, or kept --------------------------------------------------------------------------------------


def test_only_runs_that_have_ended_are_given(here) -> None:
    store, service = here
    queued = store.add_run(CONFIG, str(owner_hash(ME)))
    with pytest.raises(NotPossible):
        give(service, [queued])
    interrupted = store.add_run(CONFIG.with_(seed=1), str(owner_hash(ME)))
    store.set_status(interrupted, "running")
    store.interrupt_all("The app ended.")
    with pytest.raises(NotPossible):
        give(service, [interrupted])
    with pytest.raises(UnknownRun):
        give(service, ["nosuchrun0"])
    with pytest.raises(NotPossible):
        give(RunService(store, [library()]), [library().runs()[0].id])


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE events SET packed = x'00' WHERE run_id = ? AND number = 2", RunDamaged),
        ("UPDATE runs SET test_accuracy = 0.99 WHERE id = ?", RunDamaged),
        ("UPDATE blobs SET packed = x'00' WHERE run_id = ? AND kind = 'snapshot' AND step = 0", WeightsDamaged),
        ("DELETE FROM blobs WHERE run_id = ? AND kind = 'snapshot' AND step = 0", WeightsDamaged),
    ],
)
def test_what_is_damaged_is_not_given(here, statement: str, problem: type[Exception]) -> None:
    run_id = record(here[0], Made(CONFIG, 3))
    tamper(here[0], statement, run_id)
    with pytest.raises(problem):
        give(here[1], [run_id])


def test_a_file_has_so_many_runs_and_no_more(here, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [record(here[0], Made(CONFIG, 3, seed=seed, answered=False)) for seed in (0, 1)]
    data = give(here[1], ids)
    assert fits(here[1], ids)
    monkeypatch.setattr(file, "MOST_RUNS", 1)
    assert not fits(here[1], ids)
    with pytest.raises(TransferProblem):
        give(here[1], ids)
    with pytest.raises(TransferProblem):
        take(here[1], data, ME)


def test_what_is_too_large_is_neither_given_nor_taken(here, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = record(here[0], Made(CONFIG, 3))
    data = give(here[1], [run_id])
    monkeypatch.setattr(file, "MOST_BYTES", 1_000_000)
    assert not fits(here[1], [run_id])
    for act in (lambda: give(here[1], [run_id]), lambda: take(here[1], data, ME)):
        with pytest.raises(TransferProblem):
            act()


def test_a_run_of_the_most_batches_fits() -> None:
    config = TrainingConfig.of({"batches": 5000, "bias": True})
    made = Made(config, 2)
    by_step = sum(len(pack(event)) for event in told(replace(made, status="stopped", steps=4))) / 4
    scheduled = sum(is_scheduled(step, config.batches) for step in range(config.batches + 1))
    apart = len(pack(weights(config, 1))) + len(pack(probe(config, 1, np.random.default_rng(0))))
    statistics = 2 * 4 * config.architecture.channels + 500
    assert by_step > statistics - 500  # the estimate counts what there is
    assert config.batches * statistics + scheduled * apart < file.MOST_BYTES


def test_where_there_is_no_room_nothing_changes(here, there) -> None:
    store, _ = there
    run_id = record(here[0], Made(CONFIG, 3))
    service = RunService(store, budget_bytes=store.size() + 1_000_000)
    before = stored(store)
    with pytest.raises(NotPossible, match="BN_STORE_MB"):
        take(service, give(here[1], [run_id]), ME)
    assert stored(store) == before


def test_a_full_disk_changes_nothing(here, there) -> None:
    store, service = there
    ids = [record(here[0], Made(CONFIG, 3, seed=seed)) for seed in (0, 1)]
    before = stored(store)
    # SQLite says that the disk is full where a file may not have more pages.
    pages = store._row("PRAGMA page_count")[0] + 600
    connect = store._connect

    def small():
        connection = connect()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    store.close()
    store._connect = small
    with pytest.raises(StoreUnavailable, match="disk is full"):
        take(service, give(here[1], ids), ME)
    assert stored(store) == before


def test_who_has_no_id_and_a_store_in_memory_take_nothing(here) -> None:
    data = give(here[1], [record(here[0], Made(CONFIG, 3))])
    with pytest.raises(NotPossible):
        take(here[1], data, "")
    with pytest.raises(StoreUnavailable):
        take(RunService(Store.empty()), data, ME)


# What was recorded by others ----------------------------------------------------------------------------------------


def test_weights_have_the_shapes_of_the_recorded_runs() -> None:
    runs = library()
    kept = [(run, step) for run in runs.runs() for step in runs.snapshot_steps(run.id)]
    assert len(kept) > 10
    for run, step in kept:
        arrays = unpack(runs.snapshot(run.id, step)).arrays
        assert {path: array.shape for path, array in arrays.items()} == weight_shapes(run.config)
