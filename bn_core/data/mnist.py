"""MNIST as Keras keeps it, and what is odd about a file that only looks like it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bn_core.config import shown
from bn_core.data.catalogue import MNIST_SHA256, DatasetUnavailable
from bn_core.data.dataset import Dataset
from bn_core.data.npz import Shape, WrongFile, read_npz
from bn_core.environment import shown_path

SHAPES: dict[str, Shape] = {
    "x_train": (60000, 28, 28),
    "y_train": (60000,),
    "x_test": (10000, 28, 28),
    "y_test": (10000,),
}
# How many images there are of each class: what tells MNIST from data sets of the same shape.
TRAIN_COUNTS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
TEST_COUNTS = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)

ADVICE = "Set BN_MNIST to the path of a mnist.npz file, or unset it, or choose mnist-5k."
_WANTED = "Wanted is an npz file with {}.".format(", ".join(f"{key} uint8 {shape}" for key, shape in SHAPES.items()))

_SHA256 = {
    "train_images": "9442eeaf75ef172c7c0415c4a521e424d28d39e39f522fea115c213c2755f101",
    "train_labels": "bd29afd45a8340c1809695da4ceacef665bdeb82325b767825cf58d6724743c7",
    "validation_images": "a853ca5da5c224d531837eaa3fe56ac036778bb2fdfad445143b5b7d4ec1c739",
    "validation_labels": "4263f048ea43702387ef1c8494b59e785853c0410e9770600d50f541a6fee264",
    "test_images": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "test_labels": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}
"""Of each of the real data set's arrays, so that an odd one can be told from the right ones."""


def read_mnist(path: Path) -> dict[str, np.ndarray]:
    """Return the four arrays of a mnist.npz, if they are MNIST's by shape, type and number of each digit.

    Raises:
        DatasetUnavailable: they are not; it says what the file is, what is wanted and what to do.
    """
    try:
        arrays = read_npz(path, SHAPES)
        for key, counts in (("y_train", TRAIN_COUNTS), ("y_test", TEST_COUNTS)):
            found = np.bincount(arrays[key], minlength=10).tolist()
            if found != list(counts):
                others = ", but as Fashion-MNIST and others have" if len(set(found)) == 1 else ""
                raise WrongFile(f"its {key} has not as many of each digit as MNIST has{others}")
    except WrongFile as problem:
        raise DatasetUnavailable(
            f"{shown_path(path)} is not MNIST as Keras keeps it: {problem}. {_WANTED} {ADVICE}"
        ) from problem
    return arrays


def oddity(dataset: Dataset) -> str:
    """Return a sentence on what is odd about a file that is MNIST by shapes and counts alone; empty if none."""
    if dataset.name != "mnist" or dataset.sha256 == MNIST_SHA256:
        return ""
    return (
        f"BN_MNIST has MNIST's shapes, but is another file than Keras's: {', and '.join(_oddities(dataset))}. "
        "A network learns other things from it."
    )


def _oddities(dataset: Dataset) -> Iterator[str]:
    other = [name for name, sha256 in _SHA256.items() if _sha256(getattr(dataset, name)) != sha256]
    images = [name for name in other if name.endswith("images")]
    if images:
        yield _images(dataset.test_images) if "test_images" in images else "some of its images to train on are others"
    if len(images) < len(other):
        yield "its labels are others" if images else "its labels do not belong to its images"


def _images(images: np.ndarray) -> str:
    """What was done to the test images, if that can be found out."""
    for inverted, brightness in ((images, ()), (255 - images, ("inverted (dark on bright)",))):
        for changed, place in (
            (inverted, ()),
            (inverted.transpose(0, 2, 1), ("transposed (rows and columns are exchanged)",)),
            (inverted[:, :, ::-1], ("mirrored",)),
            (inverted[:, ::-1], ("upside down and mirrored",)),
            *((np.rot90(inverted, turns, (1, 2)), (f"turned by {90 * turns} degrees",)) for turns in (1, 2, 3)),
        ):
            if _sha256(changed) == _SHA256["test_images"]:
                return f"its images are {' and '.join((*brightness, *place))}"
    low, high = int(images.min()), int(images.max())
    if low == high:
        return f"every pixel of its test images is {low}"
    if (low, high) != (0, 255):
        return f"its pixels run from {low} to {high}, not from 0 to 255"
    values = np.unique(images)
    return f"its pixels are {shown(values.tolist())} only" if len(values) < 10 else "its images are others"


def _sha256(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
