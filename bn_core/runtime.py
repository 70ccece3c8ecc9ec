"""TensorFlow as this lab runs it: one thread, so that a seed repeats to the last bit, and a quiet log."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@functools.cache
def start_tensorflow() -> None:
    """Import TensorFlow, hold it to one thread on the CPU, and keep its start-up messages off the screen.

    A process that will use TensorFlow calls it first; later calls do nothing.

    On two cores a second thread gains one training nothing, two trainings side by side gain nearly twice, and one
    thread adds numbers in one order only.

    Raises:
        RuntimeError: TensorFlow is already at work with other settings.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Keras runs on other libraries too where a machine is set up so; this lab's subject is TensorFlow.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    with _silent_standard_error():
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.set_visible_devices([], "GPU")
        tf.constant(0)


@contextmanager
def _silent_standard_error() -> Iterator[None]:
    # TensorFlow's libraries write to file descriptor 2 before their log level can be set.
    sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # no standard error at all, as under a windowed launcher
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
