"""TensorFlow as this lab runs it: one thread, so that a seed repeats to the last bit, and a quiet log."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TensorFlowUnavailable(RuntimeError):  # noqa: N818 - it is a state of the machine more than a mistake
    """TensorFlow or Keras does not start here. Its text is one sentence with the reason and what to do."""


_STARTING = threading.Lock()


def start_tensorflow() -> None:
    """Import TensorFlow and Keras, pin what a seed's bits depend on, and keep start-up messages off the screen.

    Pinned are one thread on the CPU, Keras's backend, its data format (channels last) and its precision (float32),
    whatever a person's keras.json says. A process that will use TensorFlow calls it first; later calls do nothing.

    On two cores a second thread gains one training nothing, two trainings side by side gain nearly twice, and one
    thread adds numbers in one order only.

    Raises:
        TensorFlowUnavailable: it cannot be imported, or is already at work with other settings.
    """
    with _STARTING:
        _start_once()


@functools.cache
def _start_once() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Keras runs on other libraries too where a machine is set up so; this lab's subject is TensorFlow.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    try:
        with _silent_standard_error(), _no_keras_settings():
            import keras
            import tensorflow as tf

            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
            tf.config.set_visible_devices([], "GPU")
            tf.constant(0)
    except Exception as error:  # a broken installation raises what it likes
        raise TensorFlowUnavailable(
            f"TensorFlow cannot be used here ({' '.join(str(error).split()) or type(error).__name__})."
        ) from error
    if keras.backend.backend() != "tensorflow":
        raise TensorFlowUnavailable(
            f"Keras is already at work on {keras.backend.backend()} in this process: start a new one."
        )
    # Again, for a process in which Keras was imported before.
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


@contextmanager
def _no_keras_settings() -> Iterator[None]:
    """Let Keras find no settings of a person's while it is imported: a keras.json may be another project's, or bad."""
    names = ("KERAS_HOME", "KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ["KERAS_HOME"] = os.devnull  # a folder in which nothing can be
    try:
        yield
    finally:
        del os.environ["KERAS_HOME"]
        os.environ.update(before)


@contextmanager
def _silent_standard_error() -> Iterator[None]:
    # TensorFlow's libraries write to file descriptor 2 before their log level can be set.
    with contextlib.suppress(AttributeError, OSError):  # closed, or on a full disk
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
