"""Compiled TensorFlow graphs whose functions keep their types, and what goes into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import tensorflow as tf

from bn_core.architecture import IMAGE_SIZE

IMAGES = tf.TensorSpec((None, IMAGE_SIZE, IMAGE_SIZE, 1), tf.float32)
"""A batch of any size, so that no other size has to be traced."""

LABELS = tf.TensorSpec((None,), tf.int32)

Function = TypeVar("Function", bound=Callable[..., Any])


retraced: Callable[[Function], Function] = tf.function
"""Decorator: compile a function anew for each kind of arguments that it meets."""


def graph(*signature: tf.TensorSpec) -> Callable[[Function], Function]:
    """Return a decorator that compiles a function of arguments of this signature into one graph, when first called."""
    decorator: Callable[[Function], Function] = tf.function(input_signature=signature)
    return decorator
