"""What every test can rely on: an empty BN_HOME of its own session, and no variable of the person who runs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from bn_core.data.catalogue import DatasetUnavailable
from bn_core.data.dataset import Dataset
from bn_core.data.files import load
from bn_core.environment import NAMES

# What a page is judged by says what it found.
pytest.register_assert_rewrite("tests.browser.layout")

# A machine that is busy with something else must not fail a test.
settings.register_profile("lab", deadline=None)
settings.load_profile("lab")


@pytest.fixture(scope="session")
def real_mnist() -> str:
    """The file BN_MNIST of the person who runs the tests; skips the test where there is none."""
    if _BN_MNIST is None:
        pytest.skip("BN_MNIST is not set, so there is no full MNIST without a download")
    return _BN_MNIST


@pytest.fixture(scope="session")
def full_mnist(clean_environment) -> Dataset:
    """The full MNIST: from the file BN_MNIST of the person who runs the tests, else downloaded; skips without both."""
    with pytest.MonkeyPatch.context() as environment:
        if _BN_MNIST is not None:
            environment.setenv("BN_MNIST", _BN_MNIST)
        try:
            return load("mnist")
        except DatasetUnavailable as error:
            pytest.skip(str(error))


_BN_MNIST = os.environ.get("BN_MNIST")


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        for name in NAMES:
            environment.delenv(name, raising=False)
        environment.setenv("BN_HOME", str(tmp_path_factory.mktemp("bn-home")))
        yield


LONG = (
    "tests/training/test_take_home.py",
    "tests/training/test_generated_programs.py",
    "tests/engine/test_cluster_of_ones_own.py",
    "tests/engine/test_host.py",
    "tests/engine/test_sweeps_on_a_cluster.py",
    "tests/training/test_training.py",
    "tests/test_path.py",
    "tests/engine/test_real_training.py",
    "tests/browser/test_address.py",
    "tests/browser/test_race.py",
    "tests/browser/test_exercises.py",
    "tests/browser/test_glossary.py",
    "tests/browser/test_break_it.py",
    "tests/browser/test_sweeps.py",
    "tests/browser/test_proxy.py",
    "tests/browser/test_container.py",
    "tests/training/test_inquiries.py",
    "tests/training/test_runtime.py",
    "tests/test_streams.py",
    "tests/test_doctor.py",
    "tests/exhibits/test_make.py",
)
"""Files that take more than half of the processor's time of all: `.ci/run long` runs them, the default run does not.
Where it is only a test of a file, that bears the mark itself."""

LONGEST = (
    "tests/browser/test_app.py",
    "tests/pages/test_train_page.py",
    "tests/test_command_line.py",
    "tests/browser/test_one_batch.py",
    "tests/pages/test_without_store.py",
    "tests/pages/test_population_page.py",
    "tests/browser/test_one_image.py",
    "tests/browser/test_population.py",
    "tests/browser/test_layout.py",
    "tests/training/test_probes.py",
)
"""Of the others those that take longest, to be begun first, so that at the end no process waits for another that has
just begun."""

NOT_FAST = (
    # What else starts processes, loads TensorFlow, draws whole pages, or simulates experiments by the thousand.
    "tests/browser",
    "tests/training",
    "tests/batch_norm/test_layer.py",
    "tests/engine/test_cluster.py",
    "tests/engine/test_relay.py",
    "tests/exhibits/test_command.py",
    "tests/exhibits/test_reader.py",
    "tests/pages/test_about_page.py",
    "tests/pages/test_addresses.py",
    "tests/pages/test_break_it_page.py",
    "tests/pages/test_captions_everywhere.py",
    "tests/pages/test_code_page.py",
    "tests/pages/test_entrance.py",
    "tests/pages/test_exercises_page.py",
    "tests/pages/test_following.py",
    "tests/pages/test_glossary_page.py",
    "tests/pages/test_handing_in.py",
    "tests/pages/test_keeping.py",
    "tests/pages/test_layers_page.py",
    "tests/pages/test_live.py",
    "tests/pages/test_notebook_page.py",
    "tests/pages/test_one_batch_page.py",
    "tests/pages/test_one_image_page.py",
    "tests/pages/test_population_page.py",
    "tests/pages/test_presenter.py",
    "tests/pages/test_race_page.py",
    "tests/pages/test_setting.py",
    "tests/pages/test_sweeps_page.py",
    "tests/pages/test_teach_page.py",
    "tests/pages/test_teaching.py",
    "tests/pages/test_tour.py",
    "tests/pages/test_train_page.py",
    "tests/pages/test_try_next.py",
    "tests/pages/test_without_store.py",
    "tests/test_architecture.py",
    "tests/test_command_line.py",
    "tests/test_imports.py",
    "tests/test_parsing.py",
    "tests/test_source_code.py",
    "tests/test_sweep_command.py",
    "tests/transfer",
    "tests/verdict/test_error_rates.py",
)


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: much of the time tests wait for a browser, or for another process.

    Each further one loads TensorFlow and traces the networks anew: four on two cores take as long as three.
    """
    return (os.cpu_count() or 1) + 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where only fast tests are wanted, do not read the files of others: TensorFlow would be loaded for them."""
    return (config.option.markexpr == "fast" and _place(collection_path, config).startswith((*LONG, *NOT_FAST))) or None


def _place(path: Path, config: pytest.Config) -> str:
    return path.relative_to(config.rootpath).as_posix()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is fast and what takes long, and put the longest files first."""
    for item in items:
        place = _place(item.path, config)
        if place in LONG:
            item.add_marker(pytest.mark.long)
        elif not place.startswith(NOT_FAST) and not any(map(item.get_closest_marker, ("slow", "long"))):
            item.add_marker(pytest.mark.fast)
    turns = {name: turn for turn, name in enumerate((*LONG, *LONGEST))}
    items.sort(key=lambda item: turns.get(_place(item.path, config), len(turns)))
