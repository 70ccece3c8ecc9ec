"""No page process ever loads TensorFlow, Keras or a Dask client: what the app imports is followed and loaded apart."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]

SCRIPTS = [PROJECT / "app.py", *sorted((PROJECT / "pages").glob("*.py"))]
"""What Streamlit runs. Loading one would draw it, so what it imports is loaded instead."""

WITH_TENSORFLOW = {
    "bn_core.batch_norm.layer",
    "bn_core.exercises.helpers",
    "bn_core.training.diagnosis",
    "bn_core.training.evaluation",
    "bn_core.questions.examiner",
    "bn_core.questions.instruments",
    "bn_core.network.network",
    "bn_core.network.probes",
    "bn_core.network.compiled",
    "bn_core.network.graphs",
    "bn_core.exhibits.recording.complete",
    "bn_core.exhibits.recording.make",
    "bn_core.training.loop",
}
"""The only modules that may load TensorFlow when they are imported."""

HEAVY = ("tensorflow", "keras", "distributed", "torch", "jax", "sklearn", "matplotlib", "mlxtend.data")


def file_of(module: str) -> Path | None:
    """The project's own file for a module's name; None for other people's modules."""
    path = PROJECT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def name_of(file: Path) -> str:
    parts = file.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_by(file: Path) -> Iterator[str]:
    """Every module that a file may import, also inside functions, and every name that may be one."""
    package = name_of(file).split(".")
    if file.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def reached_from(files: Iterable[Path]) -> dict[str, Path]:
    """The project's own modules that these files import, directly or through one another."""
    reached: dict[str, Path] = {}
    to_read = list(files)
    while to_read:
        for module in imported_by(to_read.pop()):
            parents = module.split(".")
            for length in range(1, len(parents) + 1):
                name = ".".join(parents[:length])
                file = file_of(name)
                if file is not None and name not in reached:
                    reached[name] = file
                    to_read.append(file)
    return reached


def loaded_with(modules: Iterable[str]) -> set[str]:
    """The names of all modules that a fresh interpreter has after importing these."""
    code = (
        "import importlib, json, sys\n"
        "for name in json.loads(sys.argv[1]): importlib.import_module(name)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(sorted(modules))],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def heavy(modules: Iterable[str]) -> list[str]:
    return [name for name in sorted(modules) if name.startswith(tuple(f"{h}." for h in HEAVY)) or name in HEAVY]


def test_the_app_loads_no_tensorflow_and_no_dask_client():
    reached = reached_from(SCRIPTS)
    assert {"bn_core.config", "bn_core.runs.service", "bn_core.engine.host_process", "pages.session"} <= set(reached)
    scripts = {name_of(script) for script in SCRIPTS}
    assert heavy(loaded_with(set(reached) - scripts)) == []


def test_the_app_loads_no_downloader():
    """Downloads are the engine's: a page asks what is at hand, and needs the names of the data sets alone."""
    for file in [*SCRIPTS, *reached_from(SCRIPTS).values()]:
        assert not {"pooch", "requests", "bn_core.data.download", "bn_core.data.files"} & set(imported_by(file)), file
    scripts = {name_of(script) for script in SCRIPTS}
    assert not {"pooch", "requests"} & loaded_with(set(reached_from(SCRIPTS)) - scripts)


def test_nothing_that_the_app_imports_ever_asks_for_them():
    for file in [*SCRIPTS, *reached_from(SCRIPTS).values()]:
        assert heavy(imported_by(file)) == [], file


def test_pages_and_engine_do_not_know_each_other_but_for_the_process_that_the_app_starts():
    known = {name for name in reached_from(SCRIPTS) if name.startswith("bn_core.engine")}
    assert known == {"bn_core.engine", "bn_core.engine.host_process"}
    engine = (PROJECT / "bn_core" / "engine").glob("*.py")
    assert [name for name in reached_from(engine) if name.startswith(("pages", "app"))] == []


def test_only_the_training_side_of_the_package_loads_tensorflow():
    modules = {name_of(file) for file in (PROJECT / "bn_core").rglob("*.py") if file.name != "__main__.py"}
    loaded = loaded_with(modules - WITH_TENSORFLOW)
    assert [name for name in heavy(loaded) if not name.startswith("distributed")] == []


def test_the_package_does_not_need_streamlit():
    for file in (PROJECT / "bn_core").rglob("*.py"):
        assert not any(name.split(".")[0] in ("streamlit", "pages") for name in imported_by(file)), file


@pytest.mark.parametrize(
    ("room", "above"),
    [("training", ("runs", "exhibits", "engine")), ("runs", ("exhibits", "engine")), ("exhibits", ("engine",))],
)
def test_what_is_above_is_not_imported(room, above):
    reached = reached_from((PROJECT / "bn_core" / room).rglob("*.py"))
    assert [name for name in reached if name.startswith(tuple(f"bn_core.{other}" for other in above))] == []


@pytest.mark.parametrize("module", ["bn_core.training.loop", "bn_core.engine.trainer", "bn_core.__main__"])
def test_following_imports_would_find_tensorflow(module):
    """The guard itself: it must see TensorFlow where there is some, however far away."""
    start = file_of(module)
    assert start is not None
    assert any("tensorflow" in heavy(imported_by(file)) for file in reached_from([start]).values())
