"""Loading a data set by its name, from the files that it is kept in.

`load` is the only function that most callers need. It may download (with short time-outs), so no page calls it; what a
page asks is `bn_core.data.catalogue.at_hand`.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bn_core.config import DatasetName, shown
from bn_core.data import catalogue, mnist
from bn_core.data.catalogue import DIGITS, GARMENTS, TITLES, DatasetUnavailable
from bn_core.data.dataset import Dataset, Sets, dataset_of
from bn_core.data.download import fetched
from bn_core.data.mnist_5k import load_mnist_5k
from bn_core.environment import Environment, read_environment, reason, shown_path
from bn_core.protocol import VALIDATION_SIZE

_OFFLINE_ADVICE = "Choose mnist-5k, which needs no network, or connect this machine to the internet and try again."
_MNIST_ADVICE = (
    "Choose mnist-5k, which needs no network, or connect this machine to the internet, or set BN_MNIST to the path of "
    "a mnist.npz file."
)


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
    return _read(_known(name), _files(name, environment, catalogue.folder(home or environment.home)))


def contents(name: str) -> dict[str, bytes]:
    """Return the files that `load` reads this data set from, by name, for another machine's `load_contents`.

    Raises: as `load`.
    """
    load(name)
    environment = read_environment()
    paths = _files(name, environment, catalogue.folder(environment.home))
    try:
        return {file: path.read_bytes() for file, path in paths.items()}
    except OSError as error:
        raise DatasetUnavailable(f"{TITLES[_known(name)]} cannot be read ({reason(error)}).") from error


def load_contents(name: str, files: Mapping[str, bytes]) -> Dataset:
    """Return the data set that these files hold (see `contents`).

    Raises:
        DatasetUnavailable: they are not what they should be, or there is no room for them for a moment.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="batch-norm-lab-") as folder:
            # Plain names only: none leads out of the folder.
            paths = {Path(file).name: Path(folder) / Path(file).name for file in files}
            for file, content in files.items():
                paths[Path(file).name].write_bytes(content)
            return _read(_known(name), paths)
    except (OSError, KeyError) as error:
        raise DatasetUnavailable(f"{shown(name)} cannot be taken from its sender ({error}).") from error


def _files(name: str, environment: Environment, folder: Path) -> dict[str, Path]:
    """The files that this data set is read from, downloaded where they are not at hand."""
    match _known(name):
        case "mnist":
            file, sha256 = catalogue.MNIST_FILE
            return {file: _own_mnist(environment) or fetched(folder, file, sha256, TITLES["mnist"], _MNIST_ADVICE)}
        case "fashion-mnist":
            title = TITLES["fashion-mnist"]
            return {
                file: fetched(folder, file, sha, title, _OFFLINE_ADVICE)
                for file, sha in catalogue.FASHION_FILES.items()
            }
        case "mnist-5k":
            return {catalogue.MNIST_5K_CACHE: folder / catalogue.MNIST_5K_CACHE}


def _read(name: DatasetName, files: Mapping[str, Path]) -> Dataset:
    match name:
        case "mnist":
            arrays = mnist.read_mnist(files[catalogue.MNIST_FILE[0]])
            return dataset_of(name, DIGITS, _notebook_split(*(arrays[key] for key in mnist.SHAPES)))
        case "fashion-mnist":
            return dataset_of(name, GARMENTS, _notebook_split(*_fashion(files)))
        case "mnist-5k":
            return load_mnist_5k(files[catalogue.MNIST_5K_CACHE])


def _known(name: str) -> DatasetName:
    for known in TITLES:
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
    raise DatasetUnavailable(f"BN_MNIST is {shown_path(path)}, which {found}. {mnist.ADVICE}")


def _fashion(paths: Mapping[str, Path]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images and labels to train with, then to test with."""

    def read(file: str, header: int, *shape: int) -> np.ndarray:
        try:
            return np.frombuffer(gzip.decompress(paths[file].read_bytes()), np.uint8, offset=header).reshape(shape)
        except (OSError, EOFError, ValueError) as error:
            raise DatasetUnavailable(
                f"{shown_path(paths[file])} cannot be read. Delete it to have it downloaded anew, or choose mnist-5k."
            ) from error

    return (
        read("train-images-idx3-ubyte.gz", 16, 60000, 28, 28),
        read("train-labels-idx1-ubyte.gz", 8, 60000),
        read("t10k-images-idx3-ubyte.gz", 16, 10000, 28, 28),
        read("t10k-labels-idx1-ubyte.gz", 8, 10000),
    )


def _notebook_split(images: np.ndarray, labels: np.ndarray, test_images: np.ndarray, test_labels: np.ndarray) -> Sets:
    first = VALIDATION_SIZE
    return images[first:], labels[first:], images[:first], labels[:first], test_images, test_labels
