"""The form of a file of runs: a line that says what it is, and below it the runs, compressed.

    Batch Norm Lab runs 1 SHA-256 SIZE
    zlib (msgpack of the first run, msgpack of the second, ..)

SHA-256 is that of the compressed bytes, and SIZE is how many there are without compression. A run is a dictionary by
the attributes of `RunCopy`. Nothing in it says when or by whom the file was made: equal runs give equal bytes.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeVar

import msgpack

from bn_core.config import ConfigError, TrainingConfig
from bn_core.runs.copies import RunCopy
from bn_core.runs.records import RunProblem

T = TypeVar("T")

ENDING = "bnlab"
VERSION = 1
MOST_RUNS = 50
MOST_BYTES = 100_000_000
"""Of what is in a file before it is compressed, which a run of 5,000 batches fills to three quarters. It is in memory
while it is judged, and weights shrink by a tenth at most, so that a file is hardly smaller."""

MOST_FILE_BYTES = 96 * 2**20
"""Of a file: bytes that do not shrink at all become a few more. The server takes as much (.streamlit/config.toml)."""

QUICK = 1
"""How hard zlib tries. More takes seconds, and gains a hundredth."""

_NAME = "Batch Norm Lab runs"
_FIRST_LINE = re.compile(rb"Batch Norm Lab runs (\d{1,6}) ([0-9a-f]{64}) (\d{1,12})\n")
_LONGEST_LINE = 120
_PIECE = 1_000_000

_LIMITS = {"max_str_len": 10_000, "max_bin_len": MOST_BYTES, "max_array_len": 20_000, "max_map_len": 100}
"""Room is made for what is announced before it is missed."""

_FIELDS = tuple(field.name for field in fields(RunCopy))


class TransferProblem(RunProblem):
    """A file cannot be made, or nothing of it can be taken. `str(problem)` is one sentence for the person."""


class Damaged(TransferProblem):
    """It is a file of runs, but not as it was made."""

    def __init__(self) -> None:
        super().__init__("This file is damaged or incomplete: have it made, or downloaded, again. Nothing was added.")


def too_large() -> TransferProblem:
    """Return the problem of who has chosen more than a file may have."""
    return TransferProblem(f"A file has at most {MOST_RUNS} runs and {MOST_BYTES / 1e6:.0f} MB: choose fewer.")


def written(copies: Iterable[RunCopy]) -> bytes:
    """Return runs as a file.

    Raises:
        TransferProblem: it would be larger than any that is taken.
    """
    compressor, size, pieces = zlib.compressobj(QUICK), 0, list[bytes]()
    for copy in copies:
        packed = msgpack.packb(_plain(copy))
        size += len(packed)
        pieces.append(compressor.compress(packed))
        if size > MOST_BYTES:
            raise too_large()
    rest = b"".join((*pieces, compressor.flush()))
    return f"{_NAME} {VERSION} {hashlib.sha256(rest).hexdigest()} {size}\n".encode("ascii") + rest


def read(data: bytes | memoryview) -> list[RunCopy]:
    """Return the runs in a file. Of what they say only the outermost form is checked: see `plausible`.

    Raises:
        TransferProblem: it is no such file, a newer version made it, it is damaged or too large.
    """
    if len(data) > MOST_FILE_BYTES:
        raise TransferProblem(f"A file of runs has at most {MOST_FILE_BYTES / 1e6:.0f} MB. Nothing was added.")
    line = _FIRST_LINE.match(bytes(data[:_LONGEST_LINE]))
    if line is None:
        raise TransferProblem(
            f"This is no file of runs of a Batch Norm Lab (its name ends in .{ENDING}): choose another. Nothing was "
            "added."
        )
    if int(line[1]) != VERSION:
        raise TransferProblem("A newer version of Batch Norm Lab made this file: update this one. Nothing was added.")
    rest, size = memoryview(data)[line.end() :], int(line[3])
    if hashlib.sha256(rest).hexdigest() != line[2].decode("ascii") or size > MOST_BYTES:
        raise Damaged
    try:
        return _unpacked(rest, size)
    except ConfigError as error:
        raise TransferProblem(
            "A run of this file has a configuration that this version of Batch Norm Lab does not know: update it. "
            "Nothing was added."
        ) from error
    except (zlib.error, ValueError, TypeError, LookupError, OverflowError, msgpack.UnpackException) as error:
        raise Damaged from error


def _plain(copy: RunCopy) -> dict[str, Any]:
    return {name: getattr(copy, name) for name in _FIELDS} | {
        "config": copy.config.to_json(),
        "snapshots": list(copy.snapshots.items()),
        "answers": list(copy.answers.items()),
    }


def _unpacked(compressed: memoryview, size: int) -> list[RunCopy]:
    inflating = zlib.decompressobj()
    unpacker = msgpack.Unpacker(max_buffer_size=MOST_BYTES, max_ext_len=0, **_LIMITS)
    found: list[RunCopy] = []
    left: bytes | memoryview = compressed
    unpacked = end = 0
    while not inflating.eof:
        piece = inflating.decompress(left, _PIECE)
        left = inflating.unconsumed_tail
        unpacked += len(piece)
        if unpacked > size or not piece:
            break
        unpacker.feed(piece)
        for values in unpacker:
            found.append(_copy(values))
            end = unpacker.tell()
            if len(found) > MOST_RUNS:
                raise TransferProblem(f"A file has at most {MOST_RUNS} runs. Nothing was added.")
    if not inflating.eof or inflating.unused_data or not end == unpacked == size:
        raise Damaged
    return found


def _copy(values: Any) -> RunCopy:
    """Return a run from its dictionary. Raise ValueError, TypeError or LookupError where that has another form."""
    if not isinstance(values, dict) or values.keys() != set(_FIELDS) or not isinstance(values["config"], dict):
        raise ValueError("This is no run.")
    return RunCopy(
        **values
        | {
            "config": TrainingConfig.of(values["config"]),
            "events": tuple(_pairs(values["events"], str)),
            "snapshots": dict(_pairs(values["snapshots"], int)),
            "answers": dict(_pairs(values["answers"], str)),
        }
    )


def _pairs(values: Any, kind: type[T]) -> list[tuple[T, bytes]]:
    """Return a list of pairs of a key and bytes."""
    pairs = [(key, packed) for key, packed in values]
    if not all(type(key) is kind and isinstance(packed, bytes) for key, packed in pairs):
        raise TypeError("This is no pair of a key and bytes.")
    return pairs
