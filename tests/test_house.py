"""The shape of the house, measured from its sources: docs/architecture.md says what is right."""

from __future__ import annotations

import re
import tomllib

import pytest

from benchmarks import house
from tests import import_graph
from tests.conftest import NOT_FAST

SOURCES = list(house.sources("bn_core", "pages"))

PROCESSES = {
    ("bn_core.engine.host", "bn_core.engine.worker_process"),
    ("bn_core.engine.host_process", "bn_core.engine.host"),
    ("bn_core.exhibits.recording.jobs", "bn_core.exhibits.recording.one"),
}
"""Who starts which module as a process."""


def test_lines_of_code_are_neither_blank_nor_comment_nor_docstring() -> None:
    source = '''"""A module."""

# A comment.
NUMBER = 1  # and one beside code
"""What the number means."""


def function() -> str:
    """Return a text."""
    return """two
lines"""
'''
    assert house.code_lines(source) == 4


def test_no_module_and_no_room_needs_one_that_needs_it() -> None:
    edges = import_graph.imports(SOURCES)
    assert len(edges) > 500
    assert import_graph.circle((edge.importer, edge.imported) for edge in edges) == []
    assert (
        import_graph.circle((import_graph.room(edge.importer), import_graph.room(edge.imported)) for edge in edges)
        == []
    )


def test_a_circle_would_be_found() -> None:
    assert set(import_graph.circle([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")])) == {"a", "b", "c"}


def test_bn_core_knows_nothing_of_pages() -> None:
    assert [
        edge for edge in import_graph.imports(SOURCES) if edge.importer[:2] == "bn" and edge.imported[:5] == "pages"
    ] == []


def test_only_who_starts_a_process_names_a_module_in_a_string() -> None:
    assert set(import_graph.modules_in_strings(SOURCES)) == PROCESSES


def test_the_architecture_names_every_room() -> None:
    text = house.ARCHITECTURE.read_text(encoding="utf-8")
    rooms = {path.parent.name for path in SOURCES if path.name == "__init__.py"} - {"bn_core", "pages"}
    named = set(re.findall(r"`(\w+)/`", text)) | {"recording"}
    pages = {room for room in rooms if room.endswith("_page")}
    assert rooms - pages <= named


@pytest.mark.parametrize("package", ["bn_core", "pages"])
def test_the_architecture_lists_the_rooms_of_a_package_from_the_top_down(package: str) -> None:
    table = house.ARCHITECTURE.read_text(encoding="utf-8").partition(f"| room of `{package}` |")[2].partition("\n\n")[0]
    rows = re.findall(r"`(\w+)/", "\n".join(line.split(" | ")[0] for line in table.splitlines()))
    # A module of the package itself is in no room.
    edges = [[name.split(".")[:2] for name in (edge.importer, edge.imported)] for edge in import_graph.imports(SOURCES)]
    rooms = {(who[-1], of[-1]) for who, of in edges if who[0] == of[0] == package and {who[-1], of[-1]} <= set(rows)}
    assert len(rooms) > 5
    assert [(who, of) for who, of in sorted(rooms) if rows.index(who) > rows.index(of)] == []


def test_the_architecture_says_how_large_the_house_is() -> None:
    table = house.size_table()
    assert table in house.ARCHITECTURE.read_text(encoding="utf-8"), f"python -m benchmarks.house renews it:\n{table}"


def test_the_requirements_are_those_of_the_project_and_its_tests() -> None:
    project = tomllib.loads((house.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    lines = (house.ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(line for line in lines if line and not line.startswith("#")) == sorted(wanted)


def test_what_is_left_out_of_the_fast_tests_is_there() -> None:
    assert [place for place in NOT_FAST if not (house.ROOT / place).exists()] == []
