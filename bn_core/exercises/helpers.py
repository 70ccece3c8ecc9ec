"""What the take-home notebook does besides the programs: score a network, check an answer.

The notebook has these functions as they stand here. This lab reads the file and does not import it.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import tensorflow as tf


@functools.cache
def compiled(network: Any, training: bool) -> Any:  # noqa: FBT001
    """Return the network as a TensorFlow function, which is much faster where it is called often."""
    return tf.function(
        lambda images: network(images, training=training),
        input_signature=[tf.TensorSpec((None, 28, 28, 1))],
        autograph=False,
    )


def answers(network: Any, images: np.ndarray, training: bool, at_once: int = 64) -> np.ndarray:  # noqa: FBT001
    """Return the class that the network gives to each image.

    Args:
        training: with the statistics of the images that are put in together; else with the moving statistics.
        at_once: how many are put in together.
    """
    kept = [variable.numpy() for variable in network.non_trainable_variables]
    starts = range(0, len(images), at_once)
    logits = [compiled(network, training)(images[i : i + at_once]) for i in starts]
    # In training mode each call moved the moving statistics: they are put back.
    for variable, value in zip(network.non_trainable_variables, kept, strict=True):
        variable.assign(value)
    return np.concatenate([np.argmax(part, axis=1) for part in logits])


def share_right(network: Any, images: np.ndarray, labels: np.ndarray, training: bool) -> float:  # noqa: FBT001
    """Return the share of the images, 0 to 1, whose answer is their label."""
    return float(np.mean(answers(network, images, training) == labels))


def check(given: Any, accepted: Any = (), low: float = 0, high: float = 0, why: str = "", otherwise: str = "") -> None:
    """Say whether an answer is right.

    Args:
        accepted: the answers that are; None stands for "none".
        low, high: for a number: what it must lie between, these included.
        why: what to say to a right one; otherwise: to a wrong one.
    """
    known = ["none" if value is None else value for value in accepted]
    if given is None:
        print("Write your answer in place of None, run that cell and this one again.")
    elif given in known or (not known and low <= given <= high):
        print("Right.", why)
    else:
        print("Not yet.", otherwise)
