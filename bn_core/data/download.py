"""Files from Keras's server, fetched once and checked by their SHA-256."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import pooch
import requests

from bn_core.data import catalogue
from bn_core.data.catalogue import DatasetUnavailable
from bn_core.environment import reason, shown_path

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

CONNECT_SECONDS = 3.0
REACH_SECONDS = 6.0
READ_SECONDS = 20.0


def server_answers() -> bool:
    """Return within seconds whether the server that the downloads come from answers, whatever the network does."""
    file = KERAS_FILES + catalogue.MNIST_FILE[0]
    return succeeds_within(REACH_SECONDS, lambda: _downloader()(file, None, None, check_only=True))


def succeeds_within(seconds: float, ask: Callable[[], object]) -> bool:
    """Return whether this comes to its end, and raises nothing, within so many seconds.

    Connecting has a time-out, but looking up a name has none, and a server has many addresses to try one by one: only
    a thread that nobody waits for any longer bounds the whole.
    """
    done = threading.Event()

    def work() -> None:
        # Also what a malformed proxy setting raises: all of it means that nothing can be had.
        with contextlib.suppress(Exception):
            ask()
            done.set()

    working = threading.Thread(target=work, daemon=True)
    working.start()
    working.join(seconds)
    return done.is_set()


def fetched(folder: Path, file: str, sha256: str, title: str, advice: str) -> Path:
    """This file of Keras's in `folder`, downloaded unless one with the right SHA-256 is there.

    Args:
        title: of the data set that it belongs to; advice: what to do where it cannot be had.
    """
    path, what = folder / file, f"{title} ({file})"
    try:
        if not (path.is_file() and pooch.file_hash(str(path)) == sha256) and not server_answers():
            raise DatasetUnavailable(f"{what} is not on this machine and its server does not answer. {advice}")
        # pooch writes to a temporary file and renames it when the hash is right: nobody ever sees half a file.
        return Path(
            pooch.retrieve(KERAS_FILES + file, f"sha256:{sha256}", fname=file, path=folder, downloader=_downloader())
        )
    except requests.HTTPError:
        problem = "the server refused it"
    except requests.RequestException:
        problem = "the connection broke off"
    except ValueError:
        problem = "what came is not the right file: its SHA-256 is another"
    except OSError as error:
        raise DatasetUnavailable(
            f"{what} cannot be kept in {shown_path(folder)} ({reason(error)}). Free space there, or set BN_HOME to a "
            "folder that you may write, or choose mnist-5k."
        ) from error
    raise DatasetUnavailable(f"{what} could not be downloaded: {problem}. {advice}")


def _downloader() -> pooch.HTTPDownloader:
    return pooch.HTTPDownloader(timeout=(CONNECT_SECONDS, READ_SECONDS), chunk_size=2**16)
