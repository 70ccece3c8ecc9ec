"""A run that is traced: real processes, in each of which `tracer` follows an event, a question and its answer."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import msgpack

from bn_core.config import TrainingConfig
from bn_core.environment import NAMES
from bn_core.packing import pack
from bn_core.questions.questions import ApplyDecay
from bn_core.runs.records import AnswerBytes, canonical_question
from bn_core.runs.store import Store
from bn_core.training.events import Step
from tests.traced.tracer import Followed, begin

ROOT = Path(__file__).parents[2]
HOST = (sys.executable, "-m", "bn_core.engine.host")
LOG = "log"
SECONDS = 600
"""What the slowest machine may take for any part of it."""

CONFIG = TrainingConfig(dataset="mnist-5k", batches=8, batch_size=16)
STEP = 7
QUESTION = ApplyDecay(CONFIG.batches, CONFIG.moving_momentum, True)
"""What Population asks when it is opened."""

DECODER = "bn_core.packing.unpack"
VALIDATOR = "bn_core.questions.questions.Question.__post_init__"
ASKING = "pages.parts.asking.ask"


def followed() -> list[Followed]:
    """Return what is followed."""
    beginning, _, _ = pack(Step(STEP, 0.0, 0.0, 0.0)).partition(msgpack.packb("loss"))
    asked = QUESTION.to_json()
    needles = [msgpack.packb(asked), canonical_question(asked).encode()]
    return [
        Followed("event", ["Step"], {"step": STEP}, [beginning]),
        Followed("question", ["ApplyDecay"], vars(QUESTION), needles, asked),
        Followed("answer", ["DecayApplied", "Answered", "AnswerBytes"], {}, [msgpack.packb("Answered")]),
    ]


def follow(folder: Path) -> None:
    """Follow in this process, and write into this folder. For `sitecustomize`."""
    begin(folder, [ROOT, folder], followed(), {DECODER, VALIDATOR, ASKING})


def environment(folder: Path, also: str = "") -> dict[str, str]:
    """Return the environment of a process that is followed, and whose children are.

    Args:
        folder: the home folder, where also the lines are written.
        also: what each process executes first.
    """
    start = f"from pathlib import Path\nfrom tests.traced import run\nrun.follow(Path({str(folder)!r}))\n"
    (folder / "sitecustomize.py").write_text(also + start, encoding="utf-8")
    paths = os.pathsep.join([str(folder), str(ROOT)])
    variables = {name: value for name, value in os.environ.items() if name not in NAMES}
    return variables | {"BN_HOME": str(folder), "BN_WORKERS": "1", "PYTHONPATH": paths}


@contextmanager
def engine(folder: Path, command: Sequence[str] = HOST, also: str = "") -> Iterator[Store]:
    """Run a host that is followed, in this folder; give its store."""
    with (folder / LOG).open("wb") as log:
        host = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log, env=environment(folder, also), cwd=folder)
    store = Store.open(folder)
    try:
        yield store
    finally:
        host.communicate(timeout=SECONDS)
        store.close()


def wait(condition: Callable[[], object], folder: Path) -> None:
    """Return when a condition is true. Raise TimeoutError with the log's end where it does not come true."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError((folder / LOG).read_text(encoding="utf-8", errors="replace")[-4000:])
        time.sleep(0.05)


def train(store: Store, folder: Path) -> str:
    """Have the run trained, and return its id."""
    run_id = store.add_run(CONFIG, hashlib.sha256(b"nobody").hexdigest())
    wait(lambda: (run := store.run(run_id)) is not None and not run.active, folder)
    wait(lambda: CONFIG.batches in store.snapshot_steps(run_id), folder)
    return run_id


def draw(folder: Path, run_id: str, *pages: str, also: str = "") -> None:
    """Draw pages in a process of its own that is followed, as for a browser that opens this run there."""
    source = f"from tests.traced.run import draw_here; draw_here({run_id!r}, {pages!r})"
    subprocess.run([sys.executable, "-c", source], env=environment(folder, also), cwd=folder, check=True)


def draw_here(run_id: str, pages: Sequence[str]) -> None:
    """Draw them in this process."""
    # Every process that is followed imports this module, and only this one needs Streamlit.
    from streamlit.testing.v1 import AppTest

    from pages.session import startup

    with patch.object(startup, "after_page"):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS).run()
        for page in pages:
            app.switch_page(f"pages/{page}.py").query_params["run"] = run_id
            app.run()
            if app.exception:
                raise RuntimeError(app.exception[0].message)


def trace(folder: Path) -> None:
    """Trace a run, a page that shows it, a page that asks a question, and that page again when there is an answer.

    Args:
        folder: an empty one. What the processes saw is in its files `*.trace`.
    """
    text = canonical_question(QUESTION.to_json())
    with engine(folder) as store:
        run_id = train(store, folder)
        draw(folder, run_id, "train", "population")
        wait(lambda: isinstance(store.ask(run_id, text), AnswerBytes), folder)
        draw(folder, run_id, "population")
