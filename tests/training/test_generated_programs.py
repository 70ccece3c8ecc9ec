"""Generated programs run as they are, and do what the lab itself does: to the last bit, where both can be asked."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import itertools
import json
import os
import re
import runpy
import subprocess
import sys
import types
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bn_core.batch_norm.layer import BatchNormalization
from bn_core.config import TrainingConfig
from bn_core.data.catalogue import DatasetUnavailable
from bn_core.data.dataset import Dataset
from bn_core.data.files import load
from bn_core.source_code import notebook, program
from bn_core.training import notebook_lines as report
from bn_core.training.events import Checked, Scored
from bn_core.training.loop import train

PROJECT = Path(__file__).parents[2]
SHORT = {"batches": 3, "batch_size": 16}
INITIALIZERS = ("glorot", "he", "truncated-normal")
MATRIX = [
    TrainingConfig.of(
        {"placement": placement, "bias": bias, "implementation": level, "initializer": initializer} | SHORT
    )
    for placement, level in (
        ("none", "layer"),
        *itertools.product(("before", "after"), ("layer", "by-hand")),
    )
    for bias in (False, True)
    for initializer in INITIALIZERS
]
"""Every form; without batch norm both levels are one program, as tests/test_source_code.py says."""

COVERING = [config for number, config in enumerate(MATRIX) if number % 3 == (number // 3 + 1) % 3]
"""A third of them, the default among them: batch norm at each place meets each initializer, each level both biases."""

DEFAULT = TrainingConfig()


def name(config: TrainingConfig) -> str:
    """What is varied in the matrix."""
    bias = "bias" if config.bias else "no-bias"
    return f"{config.placement}-{bias}-{config.implementation}-{config.initializer}"


RUNNER = """
import contextlib, io, json, runpy, sys
for path in sys.argv[1:]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        runpy.run_path(path, run_name="__main__")
    print(json.dumps([path, said.getvalue()]), flush=True)
"""
"""Runs programs one after the other: TensorFlow takes longer to load than they take to run."""


@pytest.fixture(scope="module")
def few_images(tmp_path_factory) -> Path:
    """A mnist.npz with 800 real digits to train, the 5,000 of the validation set made of noise, and 120 to test."""
    digits = load("mnist-5k", home=tmp_path_factory.mktemp("home"))
    noise = np.random.default_rng(0)
    file = tmp_path_factory.mktemp("data") / "mnist.npz"
    np.savez(
        file,
        x_train=np.concatenate([noise.integers(0, 256, (5000, 28, 28), np.uint8), digits.train_images[:800]]),
        y_train=np.concatenate([noise.integers(0, 10, 5000).astype(np.uint8), digits.train_labels[:800]]),
        x_test=digits.test_images[:120],
        y_test=digits.test_labels[:120],
    )
    return file


@pytest.fixture(scope="module")
def same_images(few_images) -> Dataset:
    """The same digits as the lab holds them."""
    with np.load(few_images) as file:
        images, labels = file["x_train"], file["y_train"]
        test = file["x_test"], file["y_test"]
    split = images[5000:], labels[5000:], images[:5000], labels[:5000], *test
    return Dataset("mnist", "MNIST", "0" * 64, *split, tuple("0123456789"))


@pytest.fixture(scope="module")
def outputs(few_images, tmp_path_factory) -> dict[TrainingConfig, str]:
    """What the programs of the covering print."""
    return printed_by(COVERING, few_images, tmp_path_factory.mktemp("programs"))


def printed_by(configs: Sequence[TrainingConfig], few_images: Path, folder: Path) -> dict[TrainingConfig, str]:
    """Return what these programs print, run as scripts by a Python that knows nothing of the lab.

    The keras.json is another project's, and BN_MNIST is as a file of settings may have it.
    """
    (folder / "keras.json").write_text('{"image_data_format": "channels_first", "floatx": "float64"}')
    paths = {str(folder / f"program_{number}.py"): config for number, config in enumerate(configs)}
    for path, config in paths.items():
        Path(path).write_text(program(config).text, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= dict.fromkeys(("HOME", "USERPROFILE"), str(few_images.parent))
    environment |= {"BN_MNIST": f' "~/{few_images.name}" ', "KERAS_HOME": str(folder), "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, *paths],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {paths[path]: text for path, text in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("config", COVERING, ids=name)
def test_programs_run_as_they_are(outputs, config):
    check(outputs[config].splitlines())


@pytest.mark.slow
def test_every_program_runs_as_it_is(few_images, tmp_path):
    for text in printed_by(MATRIX, few_images, tmp_path).values():
        check(text.splitlines())


def check(lines: list[str]) -> None:
    assert re.fullmatch(r"Batch:  0: Validation loss: 0\.\d{5}, Validation accuracy: 0\.\d{5}", lines[0])
    assert re.fullmatch(r"Final validation accuracy: [01]\.\d{5}", lines[1])
    assert re.fullmatch(r"Final test accuracy: [01]\.\d{5}", lines[2])
    assert re.fullmatch(r"Accuracy on 100 samples: [01]\.\d+", lines[3])
    assert len(lines) == 4


def run_here(config: TrainingConfig, file: Path, folder: Path, monkeypatch) -> tuple[dict, list[str]]:
    """A program's variables after its end, and the lines that it printed."""
    monkeypatch.setenv("BN_MNIST", str(file))
    path = folder / "program.py"
    path.write_text(program(config).text, encoding="utf-8")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        variables = runpy.run_path(str(path))
    return variables, said.getvalue().splitlines()


def without_numbers(line: str) -> str:
    return re.sub(r"[\d.]+", "#", line)


def numbers(lines: list[str]) -> list[float]:
    return [float(number) for line in lines for number in re.findall(r"[\d.]+", line)]


EXACT = [
    {},
    {"placement": "after", "bias": True, "implementation": "by-hand", "initializer": "truncated-normal", "seed": 5},
    {"placement": "none", "initializer": "he", "bug": "sorted-batches"},
    {"bug": "wrong-axes", "implementation": "by-hand"},
]


@pytest.mark.parametrize("values", EXACT, ids=lambda values: values.get("placement", "before"))
def test_a_program_trains_what_the_lab_trains_to_the_last_bit(
    few_images, same_images, networks, outputs, tmp_path, monkeypatch, values
):
    config = TrainingConfig.of(SHORT | values)
    traced = networks(config)
    events = list(train(config, same_images, compiled=traced))
    variables, printed = run_here(config, few_images, tmp_path, monkeypatch)
    mine = [weight.numpy() for weight in variables["network"].trainable_variables]
    lab = [weight.numpy() for weight in traced.network.trainable_variables]
    for one, other in zip(mine, lab, strict=True):
        np.testing.assert_array_equal(one.ravel(), other.ravel())
    lines = [report.line(event) for event in events if isinstance(event, Checked)]
    (scored,) = [event for event in events if isinstance(event, Scored)]
    expected = [*lines, *report.final_lines(scored)]
    assert [without_numbers(line) for line in printed] == [without_numbers(line) for line in expected]
    # The lab holds the momentum as a float32 and the program as a float64: the last digit may be another.
    np.testing.assert_allclose(numbers(printed), numbers(expected), rtol=0, atol=3e-5)
    # As a script it had the keras.json of another project.
    assert outputs.get(config, "\n".join(printed)).splitlines() == printed


@pytest.mark.parametrize(
    "values", [{}, {"implementation": "by-hand"}, {"implementation": "by-hand", "bug": "wrong-axes"}]
)
def test_what_it_trained_can_be_saved_copied_and_loaded(few_images, tmp_path, monkeypatch, values):
    import keras

    config = TrainingConfig.of({"batches": 1, "batch_size": 8} | values)
    variables, _ = run_here(config, few_images, tmp_path, monkeypatch)
    network, folder = variables["network"], tmp_path / "saved"
    folder.mkdir()
    for name in ("n.keras", "n.h5"):
        network.save(folder / name)
    network.save_weights(folder / "n.weights.h5")
    filled = [
        keras.models.clone_model(network),
        keras.models.model_from_json(network.to_json()),
        variables["build_network"](),
    ]
    for copy in filled[:2]:
        copy.set_weights(network.get_weights())
    filled[2].load_weights(folder / "n.weights.h5")
    images = np.random.default_rng(0).random((4, 28, 28, 1), np.float32)
    for copy in [*filled, *(keras.models.load_model(folder / name) for name in ("n.keras", "n.h5"))]:
        np.testing.assert_array_equal(copy(images), network(images))
    # With the high-level layer the file needs nothing of the program: Keras alone can load it.
    classes = {layer["registered_name"] for layer in json.loads(network.to_json())["config"]["layers"]}
    assert classes == ({None, "Custom>BatchNormalization"} if values else {None})


USED_KERNEL = """
import json, sys
import keras
import tensorflow as tf
keras.config.set_image_data_format("channels_first")
keras.config.set_dtype_policy("mixed_float16")
tf.ones(3)
variables = {"__name__": "__main__"}
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]), variables)
network = variables["network"]
print(network.count_params(), {weight.dtype for weight in network.weights}, network(variables["x_test"][:2]).dtype)
"""
"""What a kernel does in which other cells were run first."""


def test_the_notebook_runs_where_tensorflow_was_used_and_says_what_that_means(few_images, outputs, tmp_path):
    config = TrainingConfig.of(SHORT)
    (tmp_path / "program.ipynb").write_text(notebook(program(config).text), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", USED_KERNEL, "program.ipynb"],
        cwd=tmp_path,
        env=os.environ | {"BN_MNIST": str(few_images), "TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    warning, *lines, network = done.stdout.splitlines()
    assert "after a restart a seed repeats to the bit" in warning
    assert list(map(without_numbers, lines)) == list(map(without_numbers, outputs[config].splitlines()))
    assert network == "340406 {'float32'} <dtype: 'float32'>"


@pytest.mark.parametrize("blank", [None, "", " ", '""'])
def test_without_bn_mnist_a_program_takes_what_keras_downloads(monkeypatch, blank):
    text = program(TrainingConfig()).text
    monkeypatch.delenv("BN_MNIST", raising=False)
    if blank is not None:
        monkeypatch.setenv("BN_MNIST", blank)
    downloaded = object()
    mnist = types.SimpleNamespace(load_data=lambda: downloaded)
    variables = {"os": os, "np": np, "keras": types.SimpleNamespace(datasets=types.SimpleNamespace(mnist=mnist))}
    exec(text[text.index("def load_data") : text.index("def shuffled")], variables)
    assert variables["load_data"]() is downloaded


@pytest.mark.parametrize("shape", [(8, 5), (8, 4, 3, 5)])
@pytest.mark.parametrize("training", [True, False])
def test_the_layer_of_the_program_is_the_layer_that_runs(few_images, tmp_path, monkeypatch, shape, training):
    """Only its definition is executed here: outputs, gradients and moving statistics are the same bits."""
    import keras
    import tensorflow as tf

    config = TrainingConfig(implementation="by-hand", momentum=0.75, epsilon=0.01)
    text = program(config).text
    definition = text[text.index("class BatchNormalization") : text.index("# %% The network")]
    variables = {"layers": keras.layers, "tf": tf, "MOMENTUM": config.momentum, "EPSILON": config.epsilon}
    exec(definition, variables)
    stream = np.random.default_rng(1)
    x = tf.constant(stream.normal(1, 3, shape), tf.float32)
    results = []
    for layer in (variables["BatchNormalization"](), BatchNormalization(momentum=0.75, epsilon=0.01)):
        layer.build(shape)
        start = np.random.default_rng(2)
        layer.set_weights([start.uniform(0.5, 2, weight.shape) for weight in layer.weights])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=training)
            loss = tf.reduce_sum(tf.sin(y))
        gradients = tape.gradient(loss, [x, layer.gamma.value, layer.beta.value])
        moving = [layer.moving_mean.numpy(), layer.moving_variance.numpy()]
        results.append([y.numpy(), *(gradient.numpy() for gradient in gradients), *moving])
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_mnist_5k_needs_no_file(tmp_path, monkeypatch, digits):
    """It splits the digits as the lab does."""
    text = program(TrainingConfig(dataset="mnist-5k")).text
    data = text[: text.index("# %% The network")] + text[text.index("# %% The data") : text.index("# %% Training")]
    path = tmp_path / "data.py"
    path.write_text(data, encoding="utf-8")
    made = runpy.run_path(str(path))
    whole = load("mnist-5k")
    for mine, images in (("x_train", whole.train_images), ("x_validation", whole.validation_images)):
        np.testing.assert_array_equal(made[mine][..., 0] * np.float32(255), images)
    np.testing.assert_array_equal(made["y_train"], whole.train_labels)
    np.testing.assert_array_equal(made["y_test"], whole.test_labels)


@pytest.mark.slow
@pytest.mark.parametrize("form", MATRIX, ids=name)
def test_at_full_length_it_ends_where_the_lab_ends(real_mnist, tmp_path, monkeypatch, form):
    """Every form, trained twice on the full MNIST: about a minute and a half each."""
    config = dataclasses.replace(form, batches=DEFAULT.batches, batch_size=DEFAULT.batch_size)
    monkeypatch.setenv("BN_MNIST", real_mnist)
    try:
        scored = list(train(config, load("mnist")))[-1]
    except DatasetUnavailable as error:
        pytest.skip(str(error))
    assert isinstance(scored, Scored)
    _, printed = run_here(config, Path(real_mnist), tmp_path, monkeypatch)
    accuracy = float(printed[-2].removeprefix("Final test accuracy: "))
    assert abs(accuracy - scored.test.accuracy) <= 0.03
    assert len(printed) == DEFAULT.batches // 25 + 3
