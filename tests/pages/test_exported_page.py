"""What a run is taken away as: the buttons of Train, the page of one file, and that nothing says where it was made."""

from __future__ import annotations

import functools
import html
import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from bn_core.config import FIELD_BY_NAME
from bn_core.exports.recording import Recording, recordings
from bn_core.names import VALUES
from bn_core.runs.service import RunService
from bn_core.source_code import program
from bn_core.terms import bare
from bn_core.training.causes import OTHER
from bn_core.training.events import Failed
from pages.charts.overlay import lettered
from pages.charts.palette import HUES
from pages.charts.training import loss_points
from pages.exported_page.downloads import DOWNLOADS, Download
from pages.exported_page.laid_over import CURVES, laid_over
from pages.exported_page.page import exported_page
from pages.exported_page.pictures import pictures_zip
from pages.exported_page.theme import light
from pages.parts.finding import finding
from pages.words import captions
from pages.words.prose import prose
from tests.exports import recorded
from tests.pages.lab import Lab

TEXT = prose("train")

BROKEN = Failed(31, f"OSError: {recorded.SECRET}", None)

NAMES = ("</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7 * 7 }}")


@pytest.fixture
def recording(lab: Lab) -> Callable[..., Recording]:
    def made(**fields: object) -> Recording:
        (found,) = recordings(RunService(lab.store), [recorded.run(lab.store, **fields)])
        return found

    return made


class Page(HTMLParser):
    """A page as a browser takes it apart: its elements, and the texts of scripts apart from those that are read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.read, self.scripts = "", list[str]()
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.read += data

    def of_kind(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def tables(self) -> list[dict]:
        return self._data["tables"]

    @property
    def figures(self) -> list[dict]:
        return self._data["figures"]

    def shown(self, figure: int, chosen: str = "") -> dict[str, list]:
        """The columns that a chart shows at a choice."""
        table = self.tables[self.figures[figure]["states"][chosen]["table"]]
        return {
            name: values if isinstance(values, list) else [values] * table["rows"]
            for name, values in table["columns"].items()
        }

    @functools.cached_property
    def _data(self) -> dict:
        (found,) = (text for text in self.scripts if text.startswith('{"tables"'))
        return json.loads(found)


class TestPage:
    def test_it_says_what_the_app_says(self, recording: Callable[..., Recording]) -> None:
        made = recording(batches=120)
        page, config, history = Page(exported_page([made])), made.run.config, made.history
        for said in (
            captions.variant(config),
            bare(finding(history, config)),
            bare(captions.of_validation(history.scored, config)),
            made.run.id,
            program(config).text,
        ):
            assert said
            assert said in page.read
        assert f"{config.learning_rate}" in page.read

    def test_it_has_a_chart_of_everything_that_was_recorded(self, recording: Callable[..., Recording]) -> None:
        page = Page(exported_page([recording()]))
        charts = [each for each in page.of_kind("div") if each.get("class") == "chart"]
        assert [each["data-figure"] for each in charts] == [str(number) for number in range(len(page.figures))]
        assert len(charts) == 2 + (2 + 4 + 3) + (2 + 4)
        (slider,) = page.of_kind("input")
        (scrubbed,) = (each for each in page.of_kind("div") if "data-steps" in each)
        steps, captions = (json.loads(scrubbed[f"data-{name}"] or "") for name in ("steps", "captions"))
        assert captions.keys() == {"linear", "bn", "relu"}
        assert {len(said) for said in captions.values()} == {len(steps)} == {int(slider["max"] or 0) + 1}
        assert steps[-1] == 30

    def test_whatever_is_chosen_has_its_data_and_its_words(self, recording: Callable[..., Recording]) -> None:
        page = Page(exported_page([recording()]))
        controls = [each["name"] for each in page.of_kind("select")]
        assert controls == ["place", "layer", "channel", "layer"]
        offered = {"place": ("linear", "bn", "relu"), "layer": range(1, 21), "channel": range(3)}
        for figure in page.figures:
            choices = itertools.product(*(map(str, offered[name]) for name in figure["chosen"]))
            assert list(figure["states"]) == [" ".join(choice) for choice in choices]
            assert all(state["alt"] for state in figure["states"].values())
            assert all(page.tables[state["table"]]["rows"] for state in figure["states"].values())

    def test_its_data_are_those_of_the_apps_charts(self, recording: Callable[..., Recording]) -> None:
        made = recording()
        page = Page(exported_page([made]))
        assert page.shown(1)["step"] == loss_points(made.history)["step"].to_pylist()
        percentiles = next(number for number, figure in enumerate(page.figures) if figure["chosen"][2:] == ["channel"])
        shown = page.shown(percentiles, "bn 7 1")
        probes = [probe for probe in made.probes.probes if "bn" in probe.points]
        assert shown["step"] == [probe.step for probe in probes]
        middle = [probe.percentiles[probe.points.index("bn"), 6, 1, 1] for probe in probes]
        assert [np.float32(value) for value in shown["middle"]] == middle

    def test_several_runs_are_laid_over_each_other_and_stand_below_one_another(
        self, recording: Callable[..., Recording]
    ) -> None:
        several = [recording(placement="after", name="mine"), recording(placement="none", batches=12)]
        page = Page(exported_page(several))
        assert len(page.of_kind("details")) == 2 * 2
        assert len(page.figures) == 3 + 17 + 2
        for number in range(3):
            shown = page.shown(number)
            assert set(shown["run"]) == {0, 1}
            assert sum(shift is not None for shift in shown["shift"]) == 2
            colours = next(
                line["encoding"]["color"]["scale"]
                for line in page.figures[number]["spec"]["layer"]
                if line["mark"]["type"] == "line"
            )
            assert colours["domain"] == [0, 1]
            assert colours["range"] == [light().colours[HUES[each.run.config.placement]] for each in several]
        moving = [event.moving.accuracy for each in several for event in each.history.evaluations]
        assert page.shown(0)["value"] == pytest.approx(moving, rel=1e-6)
        assert page.read.rindex(several[0].run.id) < page.read.rindex(several[1].run.id)

    def test_the_same_letter_tells_a_run_in_the_table_the_charts_and_the_sections(
        self, recording: Callable[..., Recording]
    ) -> None:
        several = [recording(seed=seed, placement="none", batches=5) for seed in range(3)]
        page = Page(exported_page(several))
        for letter, each in lettered(several):
            assert f"{letter} · {captions.variant(each.run.config)}" in page.read
        assert [row[0] for row in laid_over(several).rows] == ["A", "B", "C"]
        names = json.dumps({str(place): letter for place, (letter, _) in enumerate(lettered(several))})
        assert all(names in json.dumps(figure["spec"]).replace('\\"', '"') for figure in page.figures[: len(CURVES)])
        assert "A · " not in Page(exported_page(several[:1])).read

    def test_the_differences_of_several_runs_are_all_that_is_listed(self, recording: Callable[..., Recording]) -> None:
        told = laid_over([recording(seed=1, name="one"), recording(seed=2), recording(seed=2, learning_rate=0.01)])
        fields = [FIELD_BY_NAME[name].label for name in ("learning_rate", "seed")]
        assert list(told.columns[2:]) == fields
        assert [row[2:] for row in told.rows] == [("0.002", "1"), ("0.002", "2"), ("0.01", "2")]
        assert [row[0] for row in told.rows] == ["A", "B", "C"]
        assert told.rows[0][1].startswith("one")

    def test_what_does_nothing_in_a_network_is_no_difference(self, recording: Callable[..., Recording]) -> None:
        told = laid_over([recording(placement="none", bias=False, batches=2), recording(bias=False, batches=2)])
        assert list(told.columns[2:]) == [FIELD_BY_NAME["placement"].label]
        assert [row[2] for row in told.rows] == [VALUES["placement"][name].control for name in ("none", "before")]

    def test_more_runs_than_compare_lays_over_each_other(self, recording: Callable[..., Recording]) -> None:
        several = [recording(seed=seed, placement="none", batches=2) for seed in range(20)]
        told = laid_over(several)
        assert len({row[0] for row in told.rows}) == len(several)
        for figure in told.part.rows[0].figures:
            table = figure.states[""].table
            assert set(table["run"].to_pylist()) == set(range(len(several)))
            ends = [row for row in table.to_pylist() if row["shift"] is not None]
            assert len(ends) == len(several)
            if figure.name == "overlay-moving":
                assert all(-0.01 <= row["value"] + row["shift"] / 100 <= 1.01 for row in ends)

    def test_runs_of_which_nothing_was_recorded_are_laid_over_each_other_too(self, lab: Lab) -> None:
        runs = [lab.run(status="queued"), lab.run(status="queued", seed=3)]
        page = Page(exported_page(list(recordings(RunService(lab.store), runs))))
        assert [page.tables[page.figures[number]["states"][""]["table"]]["rows"] for number in range(3)] == [0, 0, 0]

    def test_it_loads_nothing(self, recording: Callable[..., Recording]) -> None:
        page = Page(exported_page([recording()]))
        assert not any({"src", "srcset", "data"} & attributes.keys() for _, attributes in page.elements)
        assert [each["href"] for _, each in page.elements if "href" in each] == ["data:,"]
        (policy,) = (each["content"] for each in page.of_kind("meta") if "http-equiv" in each)
        assert "default-src 'none'" in policy
        assert "http" not in policy

    @pytest.mark.parametrize("name", NAMES)
    def test_a_name_is_a_text(self, recording: Callable[..., Recording], name: str) -> None:
        made = exported_page([recording(batches=1, name=name)])
        page = Page(made)
        assert html.escape(name) in made
        assert name in page.read
        assert len(page.of_kind("script")) == 3
        assert page.of_kind("img") == []

    def test_a_run_that_failed_says_how(self, recording: Callable[..., Recording]) -> None:
        page = Page(exported_page([recording(ends=BROKEN)]))
        assert OTHER in page.read

    def test_a_run_that_waits_has_its_program(self, lab: Lab) -> None:
        run = lab.run(status="queued")
        page = Page(exported_page(list(recordings(RunService(lab.store), [run]))))
        assert program(lab.store.run(run).config).text in page.read
        assert not [each for each in page.of_kind("div") if each.get("class") == "chart"]


class TestPictures:
    def test_the_curves_of_several_runs_are_laid_over_each_other(self, recording: Callable[..., Recording]) -> None:
        several = [recording(placement="none", batches=5, seed=seed) for seed in (1, 2)]
        names = zipfile.ZipFile(io.BytesIO(pictures_zip(several))).namelist()
        laid_over_each_other = [f"together/overlay-{curve}.{kind}" for curve in CURVES for kind in ("png", "svg")]
        assert names[: len(laid_over_each_other)] == laid_over_each_other
        folders = {f"{letter}-{each.folder}" for letter, each in lettered(several)}
        assert {name.partition("/")[0] for name in names} == {"together", *folders}

    @pytest.mark.long
    def test_each_chart_is_there_as_png_and_svg(self, recording: Callable[..., Recording]) -> None:
        made = recording()
        archive = zipfile.ZipFile(io.BytesIO(pictures_zip([made])))
        places = ["linear", "bn", "relu"]
        of_layers = [
            f"{name}-{at}" for name in ("ridges", "heat", "rms", "gradient", "dead", "cosine") for at in places
        ]
        names = ["accuracy", "loss", *of_layers, "drift-of-mean", "drift-of-variance"]
        assert archive.namelist() == [f"{made.folder}/{name}.{kind}" for name in names for kind in ("png", "svg")]
        for file in archive.namelist():
            if file.endswith("png"):
                image = Image.open(io.BytesIO(archive.read(file)))
                assert image.width == 1440
            else:
                assert archive.read(file).startswith(b"<svg")


def texts(content: bytes | str) -> Iterator[str]:
    """Everything that a file says, what is packed inside of it too."""
    if isinstance(content, str):
        yield content
    elif content.startswith(b"PK"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        for name in archive.namelist():
            yield name
            yield from texts(archive.read(name))
    elif content.startswith(b"PAR1"):
        file = pq.ParquetFile(io.BytesIO(content))
        yield repr(file.metadata.metadata) + file.metadata.created_by
        for column in file.read().columns:
            yield repr(column.unique().to_pylist())
    else:
        yield content.decode("latin-1")


SLOW = {"pictures": pytest.mark.long}
"""Drawing forty charts twice takes seconds."""


@pytest.mark.parametrize(
    "download", [pytest.param(each, id=each.name, marks=SLOW.get(each.name, ())) for each in DOWNLOADS]
)
class TestPrivacy:
    @pytest.mark.parametrize("ended", [None, BROKEN], ids=["finished", "failed"])
    def test_no_path_no_user_and_no_host(self, recording, lab: Lab, tmp_path: Path, download, ended) -> None:
        made = recording(ends=ended)
        several = [made, recording(placement="none")]
        said = "\n".join([*texts(download.made([made])), *texts(download.made(several))])
        assert made.run.id in said
        owner = lab.store.run(made.run.id).owner
        here = (str(tmp_path), str(Path.cwd()), str(Path.home() / "a").removesuffix("a"))
        for secret in ("annelise", "node17", "203.0.113.77", "/home/", owner, *here):
            assert secret not in said


class TestSelections:
    @pytest.mark.parametrize("download", DOWNLOADS, ids=lambda each: each.name)
    def test_each_file_has_all_runs(self, recording: Callable[..., Recording], download: Download) -> None:
        several = [recording(batches=2, seed=seed, placement="none") for seed in range(3)]
        said = "\n".join(texts(download.made(several)))
        assert [each.run.id in said for each in several] == [True] * 3


class TestButtons:
    def test_train_offers_each_file(self, lab: Lab) -> None:
        page = lab.page(run=lab.run(status="finished"))
        assert not page.exception
        offered = {each.label for each in page.get("download_button")}
        assert {TEXT(f"tools.{each.name}") for each in DOWNLOADS} <= offered
