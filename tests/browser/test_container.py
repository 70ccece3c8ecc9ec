"""What the Dockerfile says, tried without Docker: its commands as any user, who may write to /data and /tmp alone."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from filelock import FileLock
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from bn_core.runs.database import FILE_NAME, LOCK_FILE
from bn_core.runs.records import EngineStatus
from bn_core.runs.store import Store
from tests.browser.proxied import handshake, printed
from tests.browser.served import ROOT, free_port, wait_until

USER = 43210
"""A user whom no machine knows."""

# In the group of root, as some clusters run every container. The user may read whatever there is, and write nothing by
# that: the interpreter that runs this test can lie in a folder of root's.
AS_ANYBODY = (
    "setpriv",
    f"--reuid={USER}",
    "--regid=0",
    "--clear-groups",
    "--no-new-privs",
    *(f"--{kind}=-all,+dac_read_search" for kind in ("inh-caps", "ambient-caps", "bounding-set")),
)


@dataclass(frozen=True)
class Line:
    """An instruction of the Dockerfile, and what follows it."""

    word: str
    rest: str

    @property
    def command(self) -> list[str]:
        """The words of a command, which is given as a list."""
        return json.loads(self.rest[self.rest.index("[") :])


def lines() -> list[Line]:
    """Return the Dockerfile's instructions; lines that go on are one."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [Line(*line.split(maxsplit=1)) for line in text.splitlines() if line.strip() and line[0] != "#"]


def the_only(word: str) -> Line:
    (found,) = [line for line in lines() if line.word == word]
    return found


def settings() -> dict[str, str]:
    """Return the environment variables that the Dockerfile sets."""
    return dict(pair.split("=", 1) for pair in the_only("ENV").rest.split())


def options() -> dict[str, str]:
    """Return the environment variables that docs/hosting.md has `docker run` set."""
    words = shlex.split(printed("", "docker run").replace("\\\n", " "))
    return dict(value.split("=", 1) for word, value in pairwise(words) if word == "--env")


def test_it_runs_as_nobody_in_particular() -> None:
    assert the_only("USER").rest.isdecimal()
    assert int(the_only("USER").rest) > 0


def test_all_that_is_kept_is_kept_on_the_volume() -> None:
    volume = the_only("VOLUME").rest
    assert ["mkdir", "--mode=1777", volume] in [line.command for line in lines() if line.word == "RUN"]
    for name in ("HOME", "BN_HOME"):
        assert Path(settings()[name]).is_relative_to(volume)


def test_what_the_project_is_installed_from_is_sent_to_the_build() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], *project["project"]["license-files"]}
    needed |= {project["project"]["readme"], "pyproject.toml", "constraints.txt"}
    said = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    left_out = [line for line in said if line and line[0] not in "!#"]
    assert {line[1:] for line in said if line[:1] == "!"} == needed
    assert left_out[0] == "*"
    assert not [name for name in needed if any(fnmatch(name, pattern) for pattern in left_out[1:])]


def test_the_interpreter_is_one_that_the_project_is_tested_with() -> None:
    (version,) = {match[1] for line in lines() if (match := re.match(r"python:(3\.\d+)-slim", line.rest))}
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["classifiers"]
    assert f"Programming Language :: Python :: {version}" in needed


@dataclass
class Container:
    """A folder in the place of the root, with the app in it, which belongs to somebody else and cannot be written."""

    root: Path
    port: int

    @property
    def environment(self) -> dict[str, str]:
        volume = the_only("VOLUME").rest
        inside = {name: value.replace(volume, str(self.root / "data")) for name, value in settings().items()}
        # The app is a copy of this checkout, and its packages are those that run this test.
        path = os.pathsep.join((str(self.root / "bin"), inside["PATH"]))
        here = {"PATH": path, "TMPDIR": str(self.root / "tmp"), "STREAMLIT_SERVER_PORT": str(self.port)}
        return inside | options() | here | {"BN_WORKERS": "1"}

    @property
    def home(self) -> Path:
        return Path(self.environment["BN_HOME"])

    def start(self, command: Sequence[str], **others: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*AS_ANYBODY, *command], cwd=self.root / "data", env=self.environment, **others)

    def health(self) -> tuple[int, str]:
        """What the health check ends with, and says."""
        command = [*the_only("HEALTHCHECK").command, f"--address=http://127.0.0.1:{self.port}"]
        done = self.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = done.communicate(timeout=60)
        return done.returncode, said.decode()

    def engine(self) -> EngineStatus:
        store = Store.open(self.home)
        try:
            return store.engine()
        finally:
            store.close()


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    if shutil.which("setpriv") is None or os.geteuid() != 0:
        pytest.skip("only root can run a command as another user, by setpriv of Linux")
    root = Path(tempfile.mkdtemp(prefix="bn-container-"))
    made = Container(root, free_port())
    for name in ("bn_core", "pages", ".streamlit"):
        shutil.copytree(ROOT / name, root / "app" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", root / "app")
    (root / "bin").mkdir()
    start = f"import sys; sys.path.insert(0, {str(root / 'app')!r}); from bn_core.cli import main; main()"
    program = root / "bin" / "batch-norm-lab"
    program.write_text(f"#!{sys.executable}\n{start}\n", encoding="utf-8")
    writable = (root / "data", root / "tmp")
    for folder in writable:
        folder.mkdir()
    for path in (root, *root.rglob("*")):
        path.chmod(0o555 if path.is_dir() or path == program else 0o444)
    for folder in writable:
        folder.chmod(0o1777)
    yield made
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def running(container: Container) -> Iterator[subprocess.Popen[bytes]]:
    """The app, by the Dockerfile's command."""
    with (container.root / "data" / "log").open("wb") as log:
        app = container.start(the_only("CMD").command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: container.health()[0] == 0, 120, (container.root / "data" / "log").read_text())
        yield app
    finally:
        app.send_signal(signal.SIGTERM)
        app.wait(60)


@pytest.fixture(scope="module")
def engine(container: Container, running: subprocess.Popen[bytes], chromium) -> psutil.Process:
    """The host of the engine that the first page has started, once it is ready."""
    context = chromium.new_context()
    context.new_page().goto(f"http://localhost:{container.port}/train")
    kept = container.home / FILE_NAME
    wait_until(lambda: kept.is_file() and container.engine().state == "ready", 180, "no engine gets ready")
    context.close()
    started = psutil.Process(running.pid).children()
    (host,) = [process for process in started if "bn_core.engine.host" in process.cmdline()]
    return host


def test_where_nothing_serves_pages_it_is_not_healthy(container: Container) -> None:
    code, said = replace(container, port=free_port()).health()
    assert (code, said.count("\n")) == (1, 1)
    assert "Nothing serves pages" in said


def test_it_serves_pages_in_all_networks(container: Container, running: subprocess.Popen[bytes]) -> None:
    assert running.poll() is None
    connection = HTTPConnection("127.0.0.2", container.port, timeout=10)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    code, said = container.health()
    assert (code, said.count("\n")) == (0, 1)


@pytest.mark.browser
def test_an_engine_that_stands_still_is_not_healthy(container: Container, engine: psutil.Process) -> None:
    assert container.health()[0] == 0
    engine.suspend()
    try:
        wait_until(lambda: container.health()[0] == 1, 60, "an engine that stands still is healthy")
        assert "has not answered for" in container.health()[1]
    finally:
        engine.resume()
    wait_until(lambda: container.health()[0] == 0, 60, "an engine that goes on is not healthy")


@pytest.mark.browser
def test_nothing_is_written_elsewhere(container: Container, engine: psutil.Process) -> None:
    assert {owner(path) for path in container.home.rglob("*")} - {None} == {USER}
    places = {Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), container.root / "app"}
    assert [path for place in places for path in place.glob("*") if owner(path) == USER] == []
    assert list((container.root / "app").rglob("__pycache__")) == []


def owner(path: Path) -> int | None:
    """Return the user whose file this is; None where it is gone by now."""
    try:
        return path.lstat().st_uid
    except FileNotFoundError:
        return None


@pytest.mark.parametrize(("serves", "state"), [(False, "off"), (True, "ready")])
def test_an_engine_that_was_killed_with_its_app_is_forgotten_when_the_app_starts(
    tmp_path: Path, serves: bool, state: str
) -> None:
    store = Store.open(tmp_path)
    store.set_engine(EngineStatus("ready", workers=2, heartbeat=1.0))
    lock = FileLock(tmp_path / LOCK_FILE)
    if serves:
        lock.acquire()
    try:
        # Streamlit's help, in place of the app.
        command = [sys.executable, "-m", "bn_core", "app", "--", "--help"]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | {"BN_HOME": str(tmp_path)}, check=True, stdout=-1)
        assert b"streamlit run" in done.stdout
        assert store.engine().state == state
    finally:
        lock.release()
        store.close()


def test_only_the_named_hosts_are_served(container: Container, running: subprocess.Popen[bytes]) -> None:
    names = options()["STREAMLIT_SERVER_ALLOWED_HOSTS"].split()
    assert [handshake(container.port, name) for name in (*names, f"{names[0]}:443")] == [101] * (len(names) + 1)
    assert handshake(container.port, "elsewhere.example.org") == 403


def test_only_a_proxy_that_is_named_says_where_visitors_are() -> None:
    trusted = options()["FORWARDED_ALLOW_IPS"]
    assert visitor(trusted, proxy="172.17.0.1") == "203.0.113.7"
    assert visitor(trusted, proxy="198.51.100.1") == "198.51.100.1"


def visitor(trusted: str, proxy: str) -> str:
    """Return whose request it is that comes from this address and says that it is for 203.0.113.7."""
    seen: list[str] = []

    async def app(scope, receive, send) -> None:
        seen.append(scope["client"][0])

    scope = {"type": "http", "client": (proxy, 1), "headers": [(b"x-forwarded-for", b"203.0.113.7")]}
    # It waits for nothing, and a browser's loop may be running.
    with suppress(StopIteration):
        ProxyHeadersMiddleware(app, trusted)(scope, None, None).send(None)
    return seen[0]
