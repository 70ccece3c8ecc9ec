"""Reading an npz file that may be anything: damaged, hostile, or no npz file at all."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bn_core.environment import reason


class WrongFile(ValueError):  # noqa: N818 - named for what it tells
    """What is wrong with a file, as the middle of a sentence."""


def read_npz(path: Path, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """The arrays of these names, each of at most this many elements. Never unpickles anything."""
    try:
        # Opening tells a file that cannot be read from one that is no npz file: is_zipfile would say False to both.
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise WrongFile("it is no npz file, or only a part of one")
        with np.load(path, allow_pickle=False) as archive:
            for key, size in sizes.items():
                if key not in archive:
                    raise WrongFile(f"it has no array {key}")
                # A few kilobytes may unpack to gigabytes: look at the size before reading.
                if archive.zip.getinfo(f"{key}.npy").file_size > 8 * size + 4096:
                    raise WrongFile(f"its {key} is too large")
            return {key: archive[key] for key in sizes}
    except WrongFile:
        raise
    except OSError as error:
        raise WrongFile(f"it cannot be read ({reason(error)})") from error
    except Exception as error:  # what zipfile, zlib and NumPy raise for a damaged or hostile file has no common base
        raise WrongFile("it is damaged, or holds something else than plain arrays") from error
