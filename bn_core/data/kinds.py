"""What kind of file somebody has in place of an npz file, in words."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path

from bn_core.config import shown

PEEK = 1024

_BEGINNINGS = (
    (b"\x93NUMPY", "a npy file, which holds one array"),
    (b"\x00\x00\x08\x01", "an idx file of labels, one of the four files of MNIST's first publication"),
    (b"\x00\x00\x08\x03", "an idx file of images, one of the four files of MNIST's first publication"),
    (b"\x80", "a pickle, which is not opened because it could run any program"),
    (b"(dp", "a pickle, which is not opened because it could run any program"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"MATLAB", "a MATLAB file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"version https://git-lfs", "a note of Git LFS in place of the file (git lfs pull fetches it)"),
)
"""How a file of some kind begins. No text that people write begins like one of these."""


def kind_of(path: Path) -> str:
    """Return what a file is that is no zip archive, as the object of a sentence.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(PEEK)
    if start.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(path) as file:
                return f"a gzip file of {_kind(file.read(PEEK))}"
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return "a damaged gzip file"
    return _kind(start)


def contents_of(archive: zipfile.ZipFile) -> str:
    """Return what a zip archive without a single array holds, as the object of a sentence."""
    names = archive.namelist()
    return f"a zip archive of {len(names)} other files, the first {shown(names[0])}" if names else "an empty archive"


def _kind(start: bytes) -> str:
    if not start:
        return "an empty file"
    for beginning, words in _BEGINNINGS:
        if start.startswith(beginning):
            return words
    if start[257:262] == b"ustar":
        return "a tar archive"
    try:
        # The last character may be cut in two.
        text = start.decode("utf-8-sig", errors="strict" if len(start) < PEEK else "ignore").lstrip().lower()
    except UnicodeDecodeError:
        return "a file of an unknown kind"
    if not text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable():
        return "a file of an unknown kind"
    if text.startswith("<"):
        return "a web page (a download that asked for a login, perhaps)"
    if text.startswith(("{", "[")):
        return "a JSON file"
    first = text.splitlines()[0] if text else ""
    return "a table as text (CSV)" if first.count(",") + first.count("\t") + first.count(";") > 2 else "a text file"
