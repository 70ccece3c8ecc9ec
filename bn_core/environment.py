"""Every environment variable of the lab, read and checked in one place.

    BN_HOME           the folder for runs and downloaded data; default: the per-user data folder
    BN_MNIST          a `mnist.npz` to use instead of a download
    BN_SCHEDULER      the address of a Dask scheduler to train on, instead of this machine's own cores
    BN_WORKERS        how many trainings may run at once; default: one per core
    BN_STORE_MB       how large the run store may grow, in megabytes
    BN_LIVE           `off` for an app that trains nothing: it shows the runs that there are; default: on
    BN_TALK           the file of a talk to give instead of the one that comes with the app
    BN_PRESENTER_KEY  the presenter's key, in place of one that is made and kept below BN_HOME
    BN_PUBLIC_URL     the address under which a class reaches the app

Space and a pair of quotes around a value are taken off: many a file of settings keeps them. An empty variable counts as
one that is not set. Reading them does not touch the disk: whether a folder can be written, a file be read or an address
be reached is for `bn_core.cli.health_checks` and for whoever uses it.
"""

from __future__ import annotations

import ipaddress
import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import platformdirs

from bn_core.config import Whole, shown

NAMES = (
    "BN_HOME",
    "BN_MNIST",
    "BN_SCHEDULER",
    "BN_WORKERS",
    "BN_STORE_MB",
    "BN_LIVE",
    "BN_TALK",
    "BN_PRESENTER_KEY",
    "BN_PUBLIC_URL",
)

WORKERS = Whole("BN_WORKERS", 1, 256, 1, "Workers", "How many trainings may run at once.")
STORE_MB = Whole("BN_STORE_MB", 50, 1_000_000, 2000, "Store", "How large the run store may grow, in megabytes.")

_ADDRESS = re.compile(r"(?:tcp|tls)://(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})")
_LONGEST_PATH = 4096
_LONGEST_URL = 200
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]")
_URL_PATH = re.compile(r"(?:/[A-Za-z0-9._~%-]*)*")
_SPACE = " \t\r\n"
_QUOTES = ('""', "''", "“”", "‘’")
_QUOTE_MARKS = tuple("".join(_QUOTES))

PROJECT = Path(__file__).resolve().parents[1]
"""The folder around the package: the checkout, or where the package is installed."""

NOWHERE = Path(os.devnull, "batch-norm-lab")
"""`Environment.home` where there is no folder to be had: nothing can be made or found there."""

SHORTEST_KEY = 16
"""Characters of a presenter's key."""

LONGEST_KEY = 200

T = TypeVar("T")


class EnvironmentProblem(ValueError):  # noqa: N818 - EnvironmentError is a builtin
    """An environment variable whose value cannot be used.

    Attributes:
        problems: one sentence for each such variable: its name, the value, and what to do. `str()` joins them.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


@dataclass(frozen=True)
class Environment:
    """What the environment variables say.

    Attributes:
        home: absolute; it may not exist yet. NOWHERE if BN_HOME is not set and the user has no home directory.
        mnist: absolute; None where Keras's file is to be used.
        scheduler: `tcp://host:port` or `tls://host:port`; None for this machine's own cores.
        workers: 1..256; None for one per core.
        store_mb: 50..1,000,000 megabytes.
        live: whether the app trains; the command line does in any case.
        talk: absolute; None for the talk that comes with the app.
        presenter_key: 16..200 printable characters; None for the one below `home`.
        public_url: `http://host/path/` or `https://..`, ending in a slash; None where none was given.
    """

    home: Path
    mnist: Path | None
    scheduler: str | None
    workers: int | None
    store_mb: int
    live: bool
    talk: Path | None = None
    presenter_key: str | None = field(default=None, repr=False)
    public_url: str | None = None


def read_environment(variables: Mapping[str, str] = os.environ) -> Environment:
    """What these variables say.

    Raises:
        EnvironmentProblem: a value that cannot be used; it names every such variable.
    """
    environment, problems = examine_environment(variables)
    if problems:
        raise EnvironmentProblem(problems)
    return environment


def examine_environment(variables: Mapping[str, str] = os.environ) -> tuple[Environment, tuple[str, ...]]:
    """What these variables say, with the default in place of each bad value, and a sentence for each of those."""
    problems: list[str] = []

    def value_of(name: str, parse: Callable[[str], T], default: T, advice: str) -> T:
        text = _bare(variables.get(name, ""))
        if not text:
            return default
        try:
            return parse(text)
        except (ValueError, LookupError, RuntimeError, OSError):
            problems.append(f"{name} is {shown(text)}, which cannot be used: {advice}, or unset {name}.")
            return default

    home = value_of("BN_HOME", _path, None, "set it to the path of a folder that you may write") or _default_home()
    if home == NOWHERE:
        problems.append(
            "BN_HOME is not set, and this user has no home directory: set BN_HOME to the path of a folder that you may "
            "write."
        )
    environment = Environment(
        home=home,
        mnist=value_of("BN_MNIST", _path, None, "set it to the path of a mnist.npz file"),
        scheduler=value_of(
            "BN_SCHEDULER", _address, None, "set it to a Dask scheduler's address such as tcp://192.0.2.1:8786"
        ),
        workers=value_of("BN_WORKERS", WORKERS.parse, None, f"set it to {WORKERS.domain}"),
        store_mb=value_of("BN_STORE_MB", STORE_MB.parse, STORE_MB.default, f"set it to {STORE_MB.domain} (megabytes)"),
        live=value_of("BN_LIVE", _switch, True, "set it to on or off"),
        talk=value_of("BN_TALK", _path, None, "set it to the path of a talk's file"),
        presenter_key=_presenter_key(_bare(variables.get("BN_PRESENTER_KEY", "")), problems),
        public_url=value_of(
            "BN_PUBLIC_URL", _web_address, None, "set it to an address such as https://lab.example.org/"
        ),
    )
    return environment, tuple(problems)


def home() -> Path:
    """The folder for runs and downloaded data (BN_HOME). It may not exist yet.

    Raises:
        EnvironmentProblem: some variable cannot be used.
    """
    return read_environment().home


def live() -> bool:
    """Whether the app trains (BN_LIVE).

    Raises:
        EnvironmentProblem: some variable cannot be used.
    """
    return read_environment().live


def make_folder(folder: Path) -> None:
    """Make a folder and those above it. One that is made is for its owner only; one that exists keeps its mode.

    Raises:
        OSError: it cannot be made, or something else has its name.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def network_warning(scheduler: str | None) -> str:
    """Return what there is to know of a scheduler that is reached over a network without encryption; else nothing."""
    at = urlsplit(scheduler or "")
    if at.scheme != "tcp" or at.hostname in (None, "localhost"):
        return ""
    try:
        if ipaddress.ip_address(at.hostname or "").is_loopback:
            return ""
    except ValueError:
        pass  # a name
    return (
        f"BN_SCHEDULER is {scheduler}: whoever reaches that port can run programs on its workers and read what is "
        "sent, so use it on a network that you trust, or use tls:// with the certificates of Dask's configuration."
    )


def install_advice(options: str = "") -> str:
    """Return how the packages that the lab needs are installed: from a checkout by its requirements.txt.

    Args:
        options: of `pip install`, each with a space after it.
    """
    if (PROJECT / "requirements.txt").is_file():
        return f"Run: pip install {options}-r requirements.txt"
    return f"Run: pip install {options}WHEEL (in place of WHEEL the file or folder of Batch Norm Lab)"


def has_home_directory() -> bool:
    """Whether this user has one. In a container a number may be a user, without a HOME."""
    try:
        Path.home()
    except RuntimeError:
        return False
    return True


def shown_path(path: Path) -> str:
    """A path as a sentence may quote it: on one line, its middle left out where it is long."""
    text = "".join(character if character.isprintable() else "?" for character in str(path))
    return f"'{text}'" if len(text) <= 120 else f"'{text[:50]}...{text[-67:]}'"


def reason(error: OSError) -> str:
    """Why the operating system refused, as a sentence may quote it."""
    return error.strerror or type(error).__name__


def _default_home() -> Path:
    """The per-user data folder. Looked for only where it is needed: in a container a user may have none."""
    try:
        return platformdirs.user_data_path("batch-norm-lab", appauthor=False)
    except RuntimeError:
        return NOWHERE


def _bare(text: str) -> str:
    text = text.strip(_SPACE)
    return text[1:-1].strip(_SPACE) if len(text) > 1 and text[0] + text[-1] in _QUOTES else text


def _switch(text: str) -> bool:
    return {"on": True, "off": False}[text.lower()]


def _path(text: str) -> Path:
    # "Cc" are control characters, "Cs" bytes that are not text in this machine's encoding.
    if text.startswith(_QUOTE_MARKS) or text.endswith(_QUOTE_MARKS):
        raise ValueError
    if len(text) > _LONGEST_PATH or any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError
    return Path(text).expanduser().absolute()


def _presenter_key(text: str, problems: list[str]) -> str | None:
    """Return the key; None, and a sentence that does not quote it, where it is none."""
    if not text:
        return None
    if SHORTEST_KEY <= len(text) <= LONGEST_KEY and text.isprintable():
        return text
    problems.append(
        f"BN_PRESENTER_KEY is no key that protects anything: set it to {SHORTEST_KEY} to {LONGEST_KEY} characters that "
        "can be printed, or unset BN_PRESENTER_KEY."
    )
    return None


def _web_address(text: str) -> str:
    at = urlsplit(text)
    port = at.port  # raises ValueError where it is none
    if (
        len(text) > _LONGEST_URL
        or at.scheme not in ("http", "https")
        or _HOST.fullmatch(at.netloc.removesuffix(f":{port}")) is None
        or _URL_PATH.fullmatch(at.path) is None
        or not text.isascii()
        or not text.isprintable()
        or {"?", "#"} & set(text)
    ):
        raise ValueError
    return text.rstrip("/") + "/"


def _address(text: str) -> str:
    match = _ADDRESS.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= 65535:
        raise ValueError
    if "[" in text:
        ipaddress.IPv6Address(text[text.index("[") + 1 : text.index("]")])
    return text
