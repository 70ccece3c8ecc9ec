"""A file with MNIST's shapes and counts that is not MNIST: used, but said, with what is odd about it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import pytest

from bn_core.data import mnist
from bn_core.data.catalogue import DIGITS, MNIST_SHA256, trained_on
from bn_core.data.dataset import Dataset, Sets, dataset_of
from bn_core.data.files import load
from bn_core.data.mnist import oddity

Change = Callable[[np.ndarray], np.ndarray]


def sets(images: Change = np.asarray, labels: Change = np.asarray) -> Sets:
    """Random images and labels, 40 to train, 20 to validate and 30 to test, each changed by these."""
    stream = np.random.default_rng(0)
    made = [(stream.integers(0, 256, (n, 28, 28), np.uint8), stream.integers(0, 10, n, np.uint8)) for n in (40, 20, 30)]
    (a, b), (c, d), (e, f) = [(images(x), labels(y)) for x, y in made]
    return a, b, c, d, e, f


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """The random images are taken for the real MNIST."""
    real = dataset_of("mnist", DIGITS, sets())
    monkeypatch.setattr(mnist, "MNIST_SHA256", real.sha256)
    for name in mnist._SHA256:
        array = np.ascontiguousarray(getattr(real, name))
        monkeypatch.setitem(mnist._SHA256, name, hashlib.sha256(array.data).hexdigest())
    return real


def test_nothing_is_odd_about_the_real_one(known: Dataset) -> None:
    assert oddity(known) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: x.transpose(0, 2, 1), "its images are transposed (rows and columns are exchanged)"),
        (lambda x: 255 - x, "its images are inverted (dark on bright)"),
        (lambda x: 255 - x.transpose(0, 2, 1), "inverted (dark on bright) and transposed"),
        (lambda x: x[:, :, ::-1], "its images are mirrored"),
        (lambda x: x[:, ::-1], "its images are upside down and mirrored"),
        (lambda x: np.rot90(x, -1, (1, 2)), "its images are turned by 90 degrees"),
        (lambda x: np.rot90(x, 2, (1, 2)), "its images are turned by 180 degrees"),
        (lambda x: x // 128, "its pixels run from 0 to 1, not from 0 to 255"),
        (lambda x: x // 128 * 255, "its pixels are [0, 255] only"),
        (np.zeros_like, "every pixel of its test images is 0"),
        (lambda x: x[::-1], "its images are others"),
    ],
)
def test_what_was_done_to_the_images_is_said(change: Change, said: str) -> None:
    sentence = oddity(dataset_of("mnist", DIGITS, sets(images=change)))
    assert sentence.startswith("BN_MNIST has MNIST's shapes, but is another file than Keras's: ")
    assert said in sentence
    assert "labels" not in sentence


def test_labels_that_do_not_fit_are_said() -> None:
    assert "its labels do not belong to its images" in oddity(dataset_of("mnist", DIGITS, sets(labels=np.flip)))
    both = oddity(dataset_of("mnist", DIGITS, sets(lambda x: 255 - x, np.flip)))
    assert "inverted" in both
    assert "its labels are others" in both


def test_a_few_other_images_are_noticed_too() -> None:
    arrays = list(sets())
    arrays[0] = arrays[0].copy()
    arrays[0][3, 5, 5] ^= 1
    assert "some of its images to train on are others" in oddity(dataset_of("mnist", DIGITS, tuple(arrays)))  # type: ignore[arg-type]


def test_other_data_sets_are_no_odd_mnist() -> None:
    assert oddity(dataset_of("mnist-5k", DIGITS, sets(lambda x: 255 - x))) == ""


def test_every_chart_says_that_it_was_another_file() -> None:
    assert trained_on("mnist", MNIST_SHA256, 55000) == "MNIST, 55,000 training images"
    assert trained_on("mnist", "0" * 64, 55000) == "MNIST from another file than Keras's, 55,000 training images"
    assert trained_on("fashion-mnist", "0" * 64, 55000) == "Fashion-MNIST, 55,000 training images"


def test_the_real_mnist(real_mnist: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("BN_MNIST", real_mnist)
    assert oddity(load("mnist")) == ""
    assert load("mnist").sha256 == MNIST_SHA256
