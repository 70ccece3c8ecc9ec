"""The page "About": the version, once and right, and a link to whatever it names."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bn_core import versions
from pages.words.prose import prose
from tests.pages.lab import Lab, text_of

TEXT = prose("about")
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(autouse=True)
def _asked_anew() -> None:
    versions.version.cache_clear()


def test_it_says_the_version_and_the_licence(lab: Lab) -> None:
    page = lab.page("about")
    assert not page.exception
    assert TEXT("version", version=PROJECT["version"]) in text_of(page)
    assert PROJECT["license"] in TEXT("licence")
    assert f"{{{PROJECT['version']}}}" in page.code[0].value
    assert "VERSION" not in page.code[0].value


def test_an_installed_copy_asks_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(versions, "PROJECT", tmp_path)
    monkeypatch.setattr(versions.importlib.metadata, "version", lambda name: "9.9" if name == versions.NAME else "1")
    assert versions.version() == "9.9"


def test_another_projects_file_is_not_taken_for_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "something"\nversion = "7"\n')
    monkeypatch.setattr(versions, "PROJECT", tmp_path)
    assert versions.version() != "7"


def test_every_source_has_a_link() -> None:
    lines = [line for line in TEXT("sources.text").splitlines() if line.startswith("- ")]
    assert len(lines) >= 10
    assert all(re.search(r"\(https://[^)]+\)", line) for line in lines[:-1])


def test_the_libraries_are_those_that_are_installed(lab: Lab) -> None:
    assert versions.libraries().keys() == set(versions.LIBRARIES)
    said = text_of(lab.page("about"))
    assert all(f"{name} {number}" in said for name, number in versions.libraries().items())
