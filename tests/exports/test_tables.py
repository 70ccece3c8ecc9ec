"""What is read back from the files is what the store has, to the last bit."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bn_core.exports import tables
from bn_core.exports.recording import recordings
from bn_core.network import bins
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.records import UnknownRun
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from bn_core.training.events import Checked, Evaluated, StatisticsRecorded, Step
from tests.exports import recorded


def table(zipped: bytes, name: str) -> pd.DataFrame:
    """One table of a zip, as pandas reads it."""
    content = io.BytesIO(zipfile.ZipFile(io.BytesIO(zipped)).read(name))
    if name.endswith("csv"):
        return pd.read_csv(content, float_precision="round_trip")
    return pd.read_parquet(content)


def same_bits(found: object, expected: object) -> bool:
    return bool(np.array_equal(np.asarray(found, np.float64).view(np.int64), np.asarray(expected).view(np.int64)))


@pytest.fixture(params=["csv", "parquet"])
def kind(request: pytest.FixtureRequest) -> tables.TableKind:
    return request.param


class TestCurves:
    def test_every_batch_and_every_score_is_that_of_the_store(
        self, store: Store, service: RunService, kind: tables.TableKind
    ) -> None:
        run = recorded.run(store, seed=3)
        rows = table(tables.tables_zip(recordings(service, [run]), kind), f"curves.{kind}").set_index("step")
        steps = recorded.stored(store, run, Step)
        assert len(steps) == 30
        for column in ("loss", "accuracy", "milliseconds"):
            there = rows[column].dropna()
            assert list(there.index) == [event.step for event in steps]
            assert same_bits(there, [getattr(event, column) for event in steps])
        for statistics in ("moving", "batch", "recalibrated"):
            events = [each for each in recorded.stored(store, run, Evaluated) if getattr(each, statistics) is not None]
            assert events
            for number in ("loss", "accuracy"):
                there = rows[f"{statistics}_{number}"].dropna()
                assert list(there.index) == [event.step for event in events]
                assert same_bits(there, [getattr(getattr(event, statistics), number) for event in events])
        for event in recorded.stored(store, run, Checked):
            assert rows.loc[event.step, f"notebook_{event.images}_loss"] == event.score.loss
            assert rows.loc[event.step, f"notebook_{event.images}_accuracy"] == event.score.accuracy

    def test_curves_alone_are_those_of_the_zip(self, store: Store, service: RunService) -> None:
        run = recorded.run(store)
        zipped = tables.tables_zip(recordings(service, [run]), "csv")
        assert zipfile.ZipFile(io.BytesIO(zipped)).read("curves.csv") == tables.curves_csv(recordings(service, [run]))

    def test_a_number_that_is_none_is_not_taken_for_one_that_was_not_measured(
        self, store: Store, service: RunService
    ) -> None:
        run = recorded.run(store, batches=1)
        store.append(run, [recorded.RecordedEvent.of(Step(2, float("nan"), 0.5, 20.0))])
        zipped = tables.tables_zip(recordings(service, [run]), "parquet")
        loss = pq.read_table(io.BytesIO(zipfile.ZipFile(io.BytesIO(zipped)).read("curves.parquet")))["loss"]
        assert loss[0].as_py() is None
        assert np.isnan(loss[2].as_py())

    def test_each_row_says_which_run_and_which_training_it_is_of(
        self, store: Store, service: RunService, kind: tables.TableKind
    ) -> None:
        runs = [
            recorded.run(store, name="first", placement="after", seed=4),
            recorded.run(store, placement="none", learning_rate=0.1),
        ]
        rows = table(tables.tables_zip(recordings(service, runs), kind), f"curves.{kind}")
        assert list(rows["run"].unique()) == runs
        for run, part in rows.groupby("run"):
            config = store.run(str(run)).config
            for name, value in config.to_json().items():
                (found,) = part[name].unique()
                assert pd.isna(found) if name in config.idle else found == value
        assert set(rows[rows["run"] == runs[0]]["name"]) == {"first"}
        assert rows[rows["run"] == runs[1]]["name"].isna().all()

    def test_a_name_is_no_formula(self, store: Store, service: RunService) -> None:
        run = recorded.run(store, batches=1, name='=HYPERLINK("x")')
        rows = pd.read_csv(io.BytesIO(tables.curves_csv(recordings(service, [run]))))
        assert set(rows["name"]) == {'\'=HYPERLINK("x")'}

    def test_a_run_that_waits_has_no_rows(self, store: Store, service: RunService, kind: tables.TableKind) -> None:
        run = store.add_run(recorded.TrainingConfig(), "0" * 64)
        zipped = tables.tables_zip(recordings(service, [run]), kind)
        for name in tables.TABLES:
            assert len(table(zipped, f"{name}.{kind}")) == 0


class TestLayers:
    @pytest.fixture
    def run(self, store: Store) -> str:
        return recorded.run(store)

    @pytest.fixture
    def rows(self, service: RunService, run: str, kind: tables.TableKind) -> pd.DataFrame:
        return table(tables.tables_zip(recordings(service, [run]), kind), f"layers.{kind}")

    def test_what_a_layer_has_at_a_point_is_that_of_the_store(self, store: Store, run: str, rows: pd.DataFrame) -> None:
        for probe in recorded.stored(store, run, LayersProbed):
            for place, point in enumerate(probe.points):
                there = rows[(rows["step"] == probe.step) & (rows["point"] == point)]
                for quantity in ("mean", "rms", "zeros", "cosine", "correlation"):
                    numbers = there[there["quantity"] == quantity]
                    assert list(numbers["layer"]) == list(range(1, 21))
                    assert same_bits(numbers["value"], getattr(probe, quantity)[place].astype(np.float64))
                for which, percentile in enumerate((15, 50, 85)):
                    numbers = there[there["quantity"] == f"percentile_{percentile}"]
                    assert same_bits(numbers["value"], probe.percentiles[place, ..., which].ravel().astype(np.float64))
                    assert list(numbers["channel"][:6]) == [0, 2, 3, 0, 4, 7]

    def test_what_a_layer_or_a_channel_has_once_is_that_of_the_store(
        self, store: Store, run: str, rows: pd.DataFrame
    ) -> None:
        once = ("dead_units", "dead_channels", "kernel_norms", "kernel_gradients", "bias_gradients", "gamma", "beta")
        probes = recorded.stored(store, run, LayersProbed)
        assert probes
        for probe in probes:
            there = rows[(rows["step"] == probe.step) & rows["point"].isna()]
            for quantity in (*once, "gamma_gradients", "beta_gradients"):
                numbers = there[there["quantity"] == quantity]
                assert same_bits(numbers["value"], getattr(probe, quantity).astype(np.float64))

    def test_statistics_of_the_batch_are_those_of_the_store(self, store: Store, run: str, rows: pd.DataFrame) -> None:
        (batch,) = (event for event in recorded.stored(store, run, StatisticsRecorded) if event.step == 20)
        there = rows[rows["step"] == 20]
        for quantity, values in (("batch_mean", batch.mean), ("batch_variance", batch.variance)):
            assert same_bits(there[there["quantity"] == quantity]["value"], values.astype(np.float64))

    def test_moving_statistics_and_their_drift_follow_from_the_batches(
        self, store: Store, run: str, rows: pd.DataFrame
    ) -> None:
        batches = recorded.stored(store, run, StatisticsRecorded)[:20]
        moving, momentum = np.ones_like(batches[0].variance), np.float32(0.99)
        for batch in batches:
            moving = momentum * moving + (1 - momentum) * batch.variance
        truth = np.mean([batch.variance.astype(np.float64) for batch in batches[-10:]], axis=0)
        there = rows[rows["step"] == 20]
        found = there[there["quantity"] == "moving_variance"]
        assert found["value"].to_numpy() == pytest.approx(moving, rel=1e-5)
        first = (found["layer"] == 1).to_numpy()
        drift = there[(there["quantity"] == "drift_of_variance") & (there["layer"] == 1)]["value"].item()
        assert drift == pytest.approx(np.median(moving[first] / truth[first]), rel=1e-5)

    def test_recalibrated_statistics_are_those_of_the_answer(
        self, store: Store, service: RunService, run: str, kind: tables.TableKind
    ) -> None:
        answer = recorded.recalibrated(store, run, 10)
        rows = table(tables.tables_zip(recordings(service, [run]), kind), f"layers.{kind}")
        for quantity, values in (("mean", answer.means), ("variance", answer.variances)):
            there = rows[rows["quantity"] == f"recalibrated_{quantity}"]
            assert set(there["step"]) == {10}
            assert same_bits(there["value"], values.astype(np.float64))
        at_step = rows[(rows["step"] == 10) & (rows["layer"] == 1)]
        moving = at_step[at_step["quantity"] == "moving_variance"]["value"].to_numpy()
        drift = at_step[at_step["quantity"] == "drift_of_variance"]["value"].item()
        assert drift == pytest.approx(np.median(moving / answer.variances[: len(moving)]), rel=1e-5)

    def test_a_step_that_nobody_had_recalibrated_has_no_such_rows(self, rows: pd.DataFrame) -> None:
        assert not [name for name in rows["quantity"].unique() if name.startswith("recalibrated")]

    def test_nothing_is_said_of_moving_statistics_that_scoring_moved(
        self, store: Store, service: RunService, kind: tables.TableKind
    ) -> None:
        run = recorded.run(store, batches=5, bug="leaky-evaluation")
        rows = table(tables.tables_zip(recordings(service, [run]), kind), f"layers.{kind}")
        assert not set(rows["quantity"]) & {"moving_mean", "moving_variance", "drift_of_variance"}

    def test_histograms_count_what_the_store_counts(
        self, store: Store, service: RunService, run: str, kind: tables.TableKind
    ) -> None:
        rows = table(tables.tables_zip(recordings(service, [run]), kind), f"histograms.{kind}")
        edges = bins.edges().astype(np.float64)
        for probe in recorded.stored(store, run, LayersProbed):
            at_step = rows[rows["step"] == probe.step]
            of_bn = probe.histograms[probe.points.index("bn")]
            for point, counts in (("bn", of_bn), ("relu", bins.after_relu(of_bn))):
                there = at_step[(at_step["point"] == point) & (at_step["layer"] == 7)]
                entries = np.flatnonzero(counts[6])
                assert same_bits(there["low"], edges[entries])
                assert same_bits(there["high"], edges[entries + 1])
                assert list(there["values"]) == list(counts[6][entries])


def test_every_column_is_explained(store: Store, service: RunService) -> None:
    run = recorded.run(store, batches=1)
    recorded.recalibrated(store, run, 0)
    zipped = tables.tables_zip(recordings(service, [run]), "parquet")
    archive = zipfile.ZipFile(io.BytesIO(zipped))
    meanings = json.loads(archive.read(tables.COLUMNS_FILE))
    for name, explained in meanings.items():
        schema = pq.read_schema(io.BytesIO(archive.read(f"{name}.parquet")))
        assert schema.names == list(explained)
        assert [field.metadata[b"meaning"].decode() for field in schema] == list(explained.values())
        assert all(text.endswith(".") for text in explained.values())
    layers = table(zipped, "layers.parquet")
    for quantity in layers["quantity"].unique():
        assert quantity.replace("_50", "_15").replace("_85", "_15") in meanings["layers"]["quantity"]


def test_runs_are_read_one_after_the_other(store: Store, service: RunService, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, read = [recorded.run(store, batches=1) for _ in range(3)], []
    histories = service.history
    monkeypatch.setattr(service, "history", lambda run: (read.append(run), histories(run))[1])
    following = recordings(service, runs)
    next(following)
    assert read == runs[:1]
    assert [each.run.id for each in following] == runs[1:]


def test_a_run_that_is_none_is_named(service: RunService) -> None:
    with pytest.raises(UnknownRun):
        tables.curves_csv(recordings(service, ["a" * 10]))


def test_equal_runs_give_equal_bytes(store: Store, service: RunService, kind: tables.TableKind) -> None:
    run = recorded.run(store, batches=2)
    assert tables.tables_zip(recordings(service, [run]), kind) == tables.tables_zip(recordings(service, [run]), kind)
