"""Keep and bring, below the shelf: runs from a file, how much one's own take, and all of them deleted at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bn_core.config import TrainingConfig
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from bn_core.transfer.file import ENDING, MOST_FILE_BYTES
from bn_core.transfer.giving import give
from pages.parts import disk_use, transfer
from pages.parts.status_words import label
from pages.session.startup import service
from pages.words.prose import prose
from tests.pages.lab import ME, SOMEBODY, Lab, kept, shown, text_of
from tests.transfer.made_up import Made, record

TEXT = prose("parts")
CONFIG = TrainingConfig.of({"batches": 3})


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Store]:
    """The store of another installation."""
    store = Store.open(tmp_path / "elsewhere")
    yield store
    store.close()


def opened(lab: Lab, **how: object) -> AppTest:
    """Train with the part unfolded."""
    page = lab.page(**how)
    page.session_state["keeping"] = True
    return page.run()


def uploaded(page: AppTest, data: bytes, name: str = f"runs.{ENDING}") -> AppTest:
    (field,) = page.file_uploader
    return field.set_value((name, data, "application/octet-stream")).run()


def test_nothing_of_it_is_worked_out_until_it_is_unfolded(lab: Lab) -> None:
    page = lab.page()
    assert page.file_uploader.len == 0
    assert "disk-confirm" not in [button.key for button in page.button]
    assert opened(lab).file_uploader.len == 1


def test_before_a_room_it_is_left_out(lab: Lab) -> None:
    assert opened(lab, present="1").file_uploader.len == 0


def test_a_browser_that_has_not_said_who_it_is_can_bring_nothing(lab: Lab) -> None:
    page = opened(lab, browser=None)
    assert page.file_uploader[0].disabled
    assert not page.exception


class TestUpload:
    def test_runs_come_in_and_can_be_opened(self, lab: Lab, elsewhere: Store) -> None:
        ids = [record(elsewhere, Made(CONFIG, 3, name="First [run](x)")), record(elsewhere, Made(CONFIG, 2, "failed"))]
        page = uploaded(opened(lab), give(RunService(elsewhere), ids))
        assert TEXT("transfer.came", count=2) in text_of(page)
        assert [run.id for run in service().runs(ME)] == ids[::-1]
        # The field is empty again: the file is not taken once more with the next thing that is pressed.
        assert page.file_uploader[0].value is None
        page.button(key=f"transfer-open-{ids[1]}").click().run()
        assert shown(page).run == ids[1]
        assert not page.exception

    def test_what_was_here_is_said(self, lab: Lab, elsewhere: Store) -> None:
        data = give(RunService(elsewhere), [record(elsewhere, Made(CONFIG, 3))])
        page = uploaded(uploaded(opened(lab), data), data)
        assert TEXT("transfer.were_there", count=1) in text_of(page)
        assert len(service().runs(ME)) == 1

    @pytest.mark.parametrize("data", [b"a letter", b""])
    def test_what_is_no_file_of_runs_gets_one_sentence(self, lab: Lab, data: bytes) -> None:
        page = uploaded(opened(lab), data, "letter.txt")
        assert [warning.value for warning in page.warning if ENDING in warning.value] != []
        assert service().runs(ME) == []
        assert not page.exception

    def test_a_damaged_one_does_and_a_good_one_takes_its_place(self, lab: Lab, elsewhere: Store) -> None:
        data = give(RunService(elsewhere), [record(elsewhere, Made(CONFIG, 3))])
        page = uploaded(opened(lab), data[:-1])
        assert len(page.warning) == 1
        page = uploaded(page, data)
        assert len(page.warning) == 0
        assert len(service().runs(ME)) == 1

    def test_the_field_says_how_large_a_file_may_be(self, lab: Lab) -> None:
        assert opened(lab).file_uploader[0].proto.max_upload_size_mb * 2**20 == MOST_FILE_BYTES


class TestDownload:
    @pytest.mark.parametrize(
        ("status", "can"),
        [("finished", True), ("failed", True), ("stopped", True), ("running", False), ("interrupted", False)],
    )
    def test_only_a_run_that_is_whole_is_given(self, lab: Lab, status: str, can: bool) -> None:
        run = lab.run(status=status)
        page = lab.page(run=run)
        (button,) = [each for each in page.download_button if each.key == "download-runs"]
        assert button.disabled is not can
        assert not page.exception

    def test_one_that_comes_with_the_app_is_not(self, lab: Lab) -> None:
        page = lab.page(run=service().recorded()[0].id)
        (button,) = [each for each in page.download_button if each.key == "download-runs"]
        assert button.disabled

    def test_what_a_page_gives_another_installation_takes(self, lab: Lab, elsewhere: Store) -> None:
        run = lab.run(status="finished")
        page = lab.page(run=run)
        (button,) = [each for each in page.download_button if each.key == "download-runs"]
        assert not button.disabled
        assert transfer.take(RunService(elsewhere), give(service(), [run]), SOMEBODY)[0].id == run


class TestDiskUse:
    def test_it_says_how_much_ones_own_runs_take(self, lab: Lab) -> None:
        lab.run(status="finished")
        lab.run(status="finished", owner=SOMEBODY)
        use = service().disk_use(ME)
        assert (use.runs, use.busy) == (1, 0)
        assert 0 < use.own < use.all < use.budget
        values = {name: getattr(use, name) / 1e6 for name in ("own", "all", "budget")}
        assert TEXT("disk.use", count=1, **values) in text_of(opened(lab))

    def test_all_of_ones_runs_are_deleted_and_can_be_had_back(self, lab: Lab) -> None:
        mine = [lab.run(status=status) for status in ("finished", "stopped", "running")]
        theirs = lab.run(status="finished", owner=SOMEBODY)
        page = opened(lab)
        assert TEXT("disk.busy", count=1) in text_of(page)
        page.button(key="disk-confirm").click().run()
        assert [run.id for run in service().runs(ME)] == mine[2:]
        assert service().run(theirs) is not None
        said = text_of(page)
        assert TEXT("disk.deleted", count=2) in said
        assert TEXT("disk.stayed", count=1) in said
        page.button(key="disk-undo").click().run()
        assert {run.id for run in service().runs(ME)} == set(mine)
        assert TEXT("disk.deleted", count=2) not in text_of(page)
        assert not page.exception

    def test_who_has_none_can_delete_none(self, lab: Lab) -> None:
        page = opened(lab)
        page.button(key="disk-confirm").click().run()
        assert kept(page, disk_use.Gone).runs == ()
        assert not page.exception

    def test_a_run_that_is_back_is_called_as_before(self, lab: Lab) -> None:
        run = lab.run(status="finished")
        before = label(service().run(run))
        service().delete_all(ME)
        assert service().run(run) is None
        service().undelete(run, ME)
        assert label(service().run(run)) == before
