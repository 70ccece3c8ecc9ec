"""Loading a data set by its name, from the files that it is kept in.

`load` is the only function that most callers need. It may download (with short time-outs), so no page calls it; what a
page asks is `bn_core.data.catalogue.at_hand`.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from bn_core.config import DatasetName, shown
from bn_core.data import catalogue
from bn_core.data.catalogue import DIGITS, GARMENTS, TITLES, DatasetUnavailable
from bn_core.data.dataset import Dataset, Sets, dataset_of
from bn_core.data.download import fetched
from bn_core.data.mnist_5k import load_mnist_5k
from bn_core.data.npz import WrongFile, read_npz
from bn_core.environment import Environment, read_environment, reason, shown_path

VALIDATION_SIZE = 5000
"""The notebook's split: this many first training images of MNIST are the validation set (Fashion-MNIST likewise)."""

# How many images there are of each class: what tells MNIST from data sets of the same shape.
MNIST_TRAIN_COUNTS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
MNIST_TEST_COUNTS = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)

_OFFLINE_ADVICE = "Choose mnist-5k, which needs no network, or connect this machine to the internet and try again."
_MNIST_ADVICE = (
    "Choose mnist-5k, which needs no network, or connect this machine to the internet, or set BN_MNIST to the path of "
    "a mnist.npz file."
)
_BN_MNIST_ADVICE = "Set BN_MNIST to the path of a mnist.npz file, or unset it, or choose mnist-5k."


def load(name: str, *, home: Path | None = None) -> Dataset:
    """The data set of this name, downloaded first where it is not at hand.

    Args:
        name: `mnist`, `mnist-5k` or `fashion-mnist`.
        home: below it, in `data`, downloads are kept; default: BN_HOME.

    Raises:
        DatasetUnavailable: no such data set, no network, a file that is not what it should be, a folder that cannot be
            written.
        EnvironmentProblem: an environment variable that cannot be used.
    """
    environment = read_environment()
    folder = catalogue.folder(home or environment.home)
    match _known(name):
        case "mnist":
            arrays = _mnist(_own_mnist(environment) or fetched(folder, *catalogue.MNIST_FILE, _MNIST_ADVICE))
            return dataset_of("mnist", DIGITS, _notebook_split(arrays))
        case "fashion-mnist":
            arrays = _fashion(
                {file: fetched(folder, file, sha, _OFFLINE_ADVICE) for file, sha in catalogue.FASHION_FILES.items()}
            )
            return dataset_of("fashion-mnist", GARMENTS, _notebook_split(arrays))
        case "mnist-5k":
            return load_mnist_5k(folder)


def _known(name: str) -> DatasetName:
    for known in get_args(DatasetName):
        if name == known:
            return known
    raise DatasetUnavailable(f"There is no data set {shown(name)}; choose one of {', '.join(TITLES)}.")


def _own_mnist(environment: Environment) -> Path | None:
    """The file BN_MNIST, if that is set; raises DatasetUnavailable where it is no file."""
    path = environment.mnist
    if path is None:
        return None
    try:
        # A pipe or a device would be read for ever.
        if path.is_file():
            return path
        found = "is not there" if not path.exists() else "is no file"
    except OSError as error:
        found = f"cannot be looked at ({reason(error)})"
    raise DatasetUnavailable(f"BN_MNIST is {shown_path(path)}, which {found}. {_BN_MNIST_ADVICE}")


@dataclass(frozen=True)
class _Arrays:
    """What a file holds before it is split: images uint8 (N, 28, 28), labels uint8 (N,)."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def _mnist(path: Path) -> _Arrays:
    """The four arrays of a mnist.npz, if they are MNIST's by shape, type and number of each digit."""
    wanted: dict[str, tuple[int, ...]] = {
        "x_train": (60000, 28, 28),
        "y_train": (60000,),
        "x_test": (10000, 28, 28),
        "y_test": (10000,),
    }
    try:
        arrays = read_npz(path, {key: int(np.prod(shape)) for key, shape in wanted.items()})
        for key, shape in wanted.items():
            if arrays[key].shape != shape or arrays[key].dtype != np.uint8:
                raise WrongFile(
                    f"its {key} is {arrays[key].dtype} of shape {shown(arrays[key].shape)}, not uint8 of shape {shape}"
                )
        for key, counts in (("y_train", MNIST_TRAIN_COUNTS), ("y_test", MNIST_TEST_COUNTS)):
            if np.bincount(arrays[key], minlength=10).tolist() != list(counts):
                raise WrongFile(f"its {key} has not as many of each digit as MNIST has")
    except WrongFile as problem:
        raise DatasetUnavailable(
            f"{shown_path(path)} is not MNIST as Keras keeps it: {problem}. {_BN_MNIST_ADVICE}"
        ) from problem
    return _Arrays(arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"])


def _fashion(paths: Mapping[str, Path]) -> _Arrays:
    def read(file: str, header: int, *shape: int) -> np.ndarray:
        try:
            return np.frombuffer(gzip.decompress(paths[file].read_bytes()), np.uint8, offset=header).reshape(shape)
        except (OSError, EOFError, ValueError) as error:
            raise DatasetUnavailable(
                f"{shown_path(paths[file])} cannot be read. Delete it to have it downloaded anew, or choose mnist-5k."
            ) from error

    return _Arrays(
        read("train-images-idx3-ubyte.gz", 16, 60000, 28, 28),
        read("train-labels-idx1-ubyte.gz", 8, 60000),
        read("t10k-images-idx3-ubyte.gz", 16, 10000, 28, 28),
        read("t10k-labels-idx1-ubyte.gz", 8, 10000),
    )


def _notebook_split(arrays: _Arrays) -> Sets:
    first = VALIDATION_SIZE
    return (
        arrays.train_images[first:],
        arrays.train_labels[first:],
        arrays.train_images[:first],
        arrays.train_labels[:first],
        arrays.test_images,
        arrays.test_labels,
    )
