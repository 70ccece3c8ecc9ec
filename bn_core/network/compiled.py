"""One traced network: everything a training calls, compiled once and used by any run of the same form.

Tracing takes seconds, a step takes milliseconds. So whatever can be a tensor is one: learning rate, momentum and
epsilon are variables and the batch size is open. Two configurations with the same `TrainingConfig.compile_key` share a
compiled network, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from bn_core.architecture import CLASSES, IMAGE_SIZE
from bn_core.batch_norm.layer import moments
from bn_core.config import TrainingConfig
from bn_core.network.graphs import IMAGES, LABELS, graph, retraced
from bn_core.network.initial_weights import initial_kernels
from bn_core.network.network import build_network
from bn_core.network.probes import Probe, euclidean_norms
from bn_core.runtime import start_tensorflow

ADAM_BETA_1 = 0.9
ADAM_BETA_2 = 0.999
ADAM_EPSILON = 1e-8
"""TensorFlow 1's default, which the notebook used; Keras's is 1e-7."""


@dataclass(frozen=True)
class StepResult:
    """What one update tells.

    Attributes:
        loss, accuracy: on its own batch, in training mode, before the weights moved.
        finite: whether every number was, and so the update was made.
        gradient_norms: float32, one for each trainable variable of the network, in their order.
        batch_mean, batch_variance: float32 (channels,), what each channel of each normalized layer was normalized with,
            layer after layer. None where no layer normalizes each channel with its batch.
    """

    loss: float
    accuracy: float
    finite: bool
    gradient_norms: np.ndarray
    batch_mean: np.ndarray | None
    batch_variance: np.ndarray | None


class CompiledNetwork:
    """A network with its optimizer, and the compiled functions that move or score it.

    It holds the state of one training at a time: `start` sets it to a run's beginning, `arrays` and `restore` take it
    out and put it back.

    Attributes:
        constants: the variables that are numbers of the configuration; `set_constants` sets them.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self.key = config.compile_key
        self.architecture = config.architecture
        self.network = build_network(config)
        self.normalization_layers = [layer for layer in self.network.layers if layer.name.startswith("bn_")]
        self.constants = [tf.Variable(value, dtype=tf.float32, trainable=False) for value in _constants(config)]
        self.learning_rate, self.epsilon, self.momentum = self.constants
        # Keras's layer, like the one by hand, only computes with these two attributes. As Python numbers they would
        # become constants of the graph while it is traced; as variables, one graph serves every value of them, and
        # `recalibrate` can change the momentum from batch to batch.
        for layer in self.normalization_layers:
            layer.momentum, layer.epsilon = self.momentum, self.epsilon
        self.steps_done = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.weights: dict[str, tf.Variable] = {variable.path: variable.value for variable in self.network.weights}
        self._trained = {variable.path: variable.value for variable in self.network.trainable_variables}
        self._first_moments = {path: tf.Variable(tf.zeros_like(value)) for path, value in self._trained.items()}
        self._second_moments = {path: tf.Variable(tf.zeros_like(value)) for path, value in self._trained.items()}
        self._moving = [
            variable.value
            for layer in self.normalization_layers
            for variable in (layer.moving_mean, layer.moving_variance)
        ]
        self.trains_in_training_mode = config.effect.trains_with_batch
        normalized = [layer.input for layer in self.normalization_layers]
        self._tapped = keras.Model(self.network.input, {"logits": self.network.output, "normalized": normalized})
        self.records_statistics = config.normalized and config.effect.batch_statistics
        self.probe = Probe(self.network, config.architecture, training=self.trains_in_training_mode)

    # State ---------------------------------------------------------------------------------------------------------

    def start(self, config: TrainingConfig) -> None:
        """Set weights, moving statistics and optimizer to the beginning of a run."""
        kernels = initial_kernels(config)
        for path, variable in self.weights.items():
            layer, kind = path.split("/")[-2:]
            if kind == "kernel":
                variable.assign(kernels[layer])
            elif kind in ("gamma", "moving_variance"):
                variable.assign(tf.ones_like(variable))
            else:
                variable.assign(tf.zeros_like(variable))
        for slot in (*self._first_moments.values(), *self._second_moments.values()):
            slot.assign(tf.zeros_like(slot))
        self.steps_done.assign(0)
        self.set_constants(config)

    def set_constants(self, config: TrainingConfig) -> None:
        """Set learning rate, epsilon and momentum, which a run never changes."""
        for variable, value in zip(self.constants, _constants(config), strict=True):
            variable.assign(value)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that changes while training, by name: weights, moving statistics, Adam's moments, the step."""
        return {name: np.asarray(variable) for name, variable in self._state().items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Put back what `arrays` took out.

        Raises:
            ValueError: the arrays are not of this network.
        """
        state = self._state()
        if arrays.keys() != state.keys() or any(arrays[name].shape != state[name].shape for name in state):
            raise ValueError("This checkpoint belongs to another network.")
        for name, variable in state.items():
            variable.assign(arrays[name])

    def _state(self) -> dict[str, tf.Variable]:
        return (
            dict(self.weights)
            | {f"adam/m/{path}": slot for path, slot in self._first_moments.items()}
            | {f"adam/v/{path}": slot for path, slot in self._second_moments.items()}
            | {"steps_done": self.steps_done}
        )

    # One update ----------------------------------------------------------------------------------------------------

    def step(self, images: np.ndarray, labels: np.ndarray) -> StepResult:
        """One update of every weight by one batch. Where a number is not finite, nothing is updated.

        Args:
            images: float32 (batch, 28, 28, 1), 0 to 1.
            labels: int32 (batch,), 0 to 9.
        """
        loss, accuracy, finite, norms, statistics = (value.numpy() for value in self._step(images, labels))
        mean, variance = statistics if self.records_statistics else (None, None)
        return StepResult(float(loss), float(accuracy), bool(finite), norms, mean, variance)

    @graph(IMAGES, LABELS)
    def _step(
        self, images: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            outputs = self._tapped(images, training=self.trains_in_training_mode)
            logits, normalized = outputs["logits"], outputs["normalized"]
            loss = cross_entropy(logits, labels)
        gradients = tape.gradient(loss, self._trained)
        norms = euclidean_norms(gradients, self.architecture)
        finite = tf.math.is_finite(loss) & tf.reduce_all(tf.math.is_finite(norms))
        tf.cond(finite, lambda: self._adam(list(gradients.values())), lambda: False)
        return loss, share_right(logits, labels), finite, norms, self._statistics(normalized)

    def _statistics(self, normalized: list[tf.Tensor]) -> tf.Tensor:
        """Mean and variance of every channel in this batch, float32 (2, channels); (0,) where they are not recorded.

        The layers compute the same from the same tensors. TensorFlow merges equal computations of a graph, so that each
        is made once: recording costs nothing, and gives the very bits that the layers used.
        """
        if not self.records_statistics:
            return tf.zeros((0,))
        means, variances = zip(*(moments(values) for values in normalized), strict=True)
        return tf.stack([tf.concat(means, axis=0), tf.concat(variances, axis=0)])

    def _adam(self, gradients: list[tf.Tensor]) -> bool:
        """Adam (Kingma and Ba 2015, Algorithm 1, in the efficient order given at the end of section 2).

        Not Keras's optimizer: TensorFlow's own kernel updates a variable and both of its averages in one pass, where
        Keras's takes several operations and so more of a step's time. It is the kernel of TensorFlow 1, which the
        notebook ran on. And its state is plain variables: a checkpoint holds them, and a resumed run ends in the same
        bits, whatever a version of Keras makes of its optimizers.
        """
        step = tf.cast(self.steps_done.assign_add(1), tf.float32)
        beta_1_power, beta_2_power = tf.pow(ADAM_BETA_1, step), tf.pow(ADAM_BETA_2, step)
        for path, gradient in zip(self._trained, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=self._trained[path].handle,
                m=self._first_moments[path].handle,
                v=self._second_moments[path].handle,
                beta1_power=beta_1_power,
                beta2_power=beta_2_power,
                lr=self.learning_rate,
                beta1=ADAM_BETA_1,
                beta2=ADAM_BETA_2,
                epsilon=ADAM_EPSILON,
                grad=gradient,
            )
        return True

    # Scoring -------------------------------------------------------------------------------------------------------

    @graph(IMAGES, LABELS)
    def in_inference_mode(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Mean loss () and predictions int32 (batch,) with the moving statistics. Changes nothing."""
        logits = self.network(images, training=False)
        return cross_entropy(logits, labels), tf.argmax(logits, axis=1, output_type=tf.int32)

    @graph(IMAGES, LABELS)
    def in_training_mode(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The same with the batch's own statistics. It updates the moving ones: see `borrowed_statistics`."""
        logits = self.network(images, training=True)
        return cross_entropy(logits, labels), tf.argmax(logits, axis=1, output_type=tf.int32)

    @contextmanager
    def borrowed_statistics(self) -> Iterator[None]:
        """Inside, the moving statistics and the momentum may be changed; afterwards they are what they were."""
        saved, momentum = self._read_moving(), self.momentum.numpy()
        try:
            yield
        finally:
            self._write_moving(saved)
            self.momentum.assign(momentum)

    @graph()
    def _read_moving(self) -> list[tf.Tensor]:
        return [tf.identity(variable) for variable in self._moving]

    @retraced
    def _write_moving(self, values: list[tf.Tensor]) -> None:
        for variable, value in zip(self._moving, values, strict=True):
            variable.assign(value)


def _constants(config: TrainingConfig) -> tuple[float, ...]:
    """Return the values of `CompiledNetwork.constants` in a run of this configuration."""
    return config.learning_rate, config.epsilon, config.moving_momentum


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """The notebook's loss: sigmoid cross-entropy with the one-hot label, averaged over images and the 10 outputs."""
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.one_hot(labels, CLASSES), logits=logits))


def share_right(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """The share of images whose largest logit is that of their class."""
    right = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), labels)
    return tf.reduce_mean(tf.cast(right, tf.float32))


def prepare(config: TrainingConfig) -> CompiledNetwork:
    """Build and trace what a run of this configuration will call, so that its first step is as quick as the rest."""
    start_tensorflow()
    compiled = CompiledNetwork(config)
    compiled.start(config)
    blank = np.zeros((2, IMAGE_SIZE, IMAGE_SIZE, 1), np.float32), np.zeros(2, np.int32)
    compiled.step(*blank)
    compiled.probe.measure(np.zeros((2, IMAGE_SIZE, IMAGE_SIZE), np.uint8), 0, None)
    compiled.in_inference_mode(*blank)
    if config.normalized:
        with compiled.borrowed_statistics():
            compiled.in_training_mode(*blank)
    return compiled
