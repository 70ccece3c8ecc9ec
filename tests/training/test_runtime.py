"""TensorFlow and Keras start with the lab's settings, whatever a person's own say. Each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

BUILD = """
from bn_core.runtime import start_tensorflow
start_tensorflow()
import keras
from bn_core.config import TrainingConfig
from bn_core.network.network import build_network
network = build_network(TrainingConfig())
print(network.count_params(), {weight.dtype for weight in network.weights}, keras.backend.backend())
"""


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KERAS_")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    "settings",
    [
        '{"image_data_format": "channels_first", "floatx": "float64", "backend": "jax", "epsilon": 1e-3}',
        '{"floatx": "float16"}',
        '{"floatx": "double"}',
        "[]",
    ],
)
def test_another_projects_keras_json_changes_nothing(settings, tmp_path):
    (tmp_path / "keras.json").write_text(settings, encoding="utf-8")
    done = run(BUILD, KERAS_HOME=str(tmp_path), KERAS_BACKEND="torch", KERAS_MAX_EPOCHS="few")
    assert done.stdout == "340406 {'float32'} tensorflow\n", done.stderr[-2000:]
    assert [file.name for file in tmp_path.iterdir()] == ["keras.json"]


def test_keras_may_have_been_imported_before_with_other_settings(tmp_path):
    (tmp_path / "keras.json").write_text('{"image_data_format": "channels_first", "floatx": "float16"}')
    before = "import keras; keras.config.set_dtype_policy('mixed_float16')\n"
    assert run(before + BUILD, KERAS_HOME=str(tmp_path)).stdout == "340406 {'float32'} tensorflow\n"


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("import tensorflow as tf; tf.ones(3)\n", "Intra op parallelism cannot be modified"),
        ("import sys; sys.modules['tensorflow'] = None\n", "tensorflow"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(before, said):
    code = before + (
        "from bn_core.runtime import TensorFlowUnavailable, start_tensorflow\n"
        "try: start_tensorflow()\n"
        "except TensorFlowUnavailable as problem: print(problem)"
    )
    done = run(code)
    assert done.stdout.startswith("TensorFlow cannot be used here ("), done.stderr[-2000:]
    assert said in done.stdout
    assert len(done.stdout.splitlines()) == 1
