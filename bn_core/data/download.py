"""Files from Keras's server, fetched once and checked by their SHA-256."""

from __future__ import annotations

import threading
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
    """Whether the server that the downloads come from answers: True or False within seconds, whatever the network does.

    Connecting has a time-out, but looking up a name has none, and a server has many addresses to try one by one: only
    a thread that nobody waits for any longer bounds the whole.
    """
    answers: list[bool] = []

    def ask() -> None:
        try:
            _downloader()(KERAS_FILES + catalogue.MNIST_FILE[0], None, None, check_only=True)
            answers.append(True)
        except Exception:  # also what a malformed proxy setting raises: all of it means that nothing can be fetched
            answers.append(False)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(REACH_SECONDS)
    return bool(answers) and answers[0]


def fetched(folder: Path, file: str, sha256: str, advice: str) -> Path:
    """This file of Keras's in `folder`, downloaded unless one with the right SHA-256 is there."""
    path = folder / file
    try:
        if not (path.is_file() and pooch.file_hash(str(path)) == sha256) and not server_answers():
            raise DatasetUnavailable(f"{file} is not on this machine and its server does not answer. {advice}")
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
            f"{file} cannot be kept in {shown_path(folder)} ({reason(error)}). Free space there, or set BN_HOME to a "
            "folder that you may write, or choose mnist-5k."
        ) from error
    raise DatasetUnavailable(f"{file} could not be downloaded: {problem}. {advice}")


def _downloader() -> pooch.HTTPDownloader:
    return pooch.HTTPDownloader(timeout=(CONNECT_SECONDS, READ_SECONDS), chunk_size=2**16)
