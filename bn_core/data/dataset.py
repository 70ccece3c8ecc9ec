"""A data set in memory: images and labels to train, to validate and to test."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from bn_core.config import DatasetName
from bn_core.data.catalogue import TITLES

Sets = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Images and labels to train, to validate and to test, in `Dataset`'s order."""


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


def dataset_of(name: DatasetName, class_names: tuple[str, ...], sets: Sets) -> Dataset:
    digest = hashlib.sha256()
    for array in sets:
        digest.update(np.ascontiguousarray(array).data)
        array.setflags(write=False)
    return Dataset(name, TITLES[name], digest.hexdigest(), *sets, class_names)
