"""What comes out of an archive is what went in; what was damaged is said to be."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bn_core.exhibits import archive
from bn_core.exhibits.archive import FLOAT32_BITS, HALF, ArchiveProblem, rounded

DTYPES = st.sampled_from([np.float32, np.float64, np.uint8, np.int32, np.int64, np.float16])
ARRAYS = DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0)))
FINITE = arrays.arrays(
    np.float32,
    arrays.array_shapes(max_side=20),
    elements=st.floats(-(2.0**99), 2.0**99, width=32, allow_subnormal=False),
)


def same(first: np.ndarray, second: np.ndarray) -> bool:
    return first.dtype == second.dtype and first.shape == second.shape and first.tobytes() == second.tobytes()


@given(array=ARRAYS, quick=st.booleans())
def test_an_array_comes_back_bit_for_bit(
    array: np.ndarray, quick: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("archive") / "one.zip"
    archive.write(path, {"x": {"in": [array, b"bytes", None, 1.5]}}, quick=quick)
    back, *rest = archive.read(path, "x")["in"]
    assert same(back, array)
    assert rest == [b"bytes", None, 1.5]
    assert not back.flags.writeable


@given(values=FINITE, bits=st.integers(1, FLOAT32_BITS))
def test_rounding_is_off_by_half_a_unit_at_most(values: np.ndarray, bits: int) -> None:
    exact = values.astype(np.float64)
    short = rounded(values, bits)
    assert short.dtype == np.float32
    assert np.all(np.abs(short - exact) <= np.abs(exact) * 2.0**-bits)
    assert np.array_equal(rounded(short, bits), short), "what is rounded stays"
    if bits == FLOAT32_BITS:
        assert same(short, values)


@given(values=arrays.arrays(np.float16, 8, elements=st.floats(-60000, 60000, width=16)))
def test_half_precision_has_eleven_bits(values: np.ndarray) -> None:
    assert np.array_equal(rounded(values.astype(np.float32), HALF), values.astype(np.float32))


def test_rounding_goes_to_the_nearest_and_leaves_what_is_no_number() -> None:
    assert rounded(np.float32([1 + 1 / 8, 1 + 3 / 8, 0, -0.0, 3.0000002]), 3).tolist() == [1, 1.5, 0, 0, 3]
    kept = rounded(np.float32([np.inf, -np.inf, np.nan]), HALF)
    assert kept[0] == np.inf
    assert kept[1] == -np.inf
    assert np.isnan(kept[2])


def test_equal_contents_give_equal_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        archive.write(tmp_path / name, {"x": np.arange(5), "y": "text"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "one.zip"
    archive.write(path, {"x": 1})
    with pytest.raises(TypeError, match="no place"):
        archive.write(path, {"x": 2, "y": object()})
    assert archive.read(path, "x") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["one.zip"]


def test_what_is_missing_or_damaged_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "one.zip"
    with pytest.raises(ArchiveProblem, match=r"^[A-Z][^\n]*missing[^\n]*again\.$"):
        archive.read(path, "x")
    archive.write(path, {"x": np.arange(1000)})
    with pytest.raises(ArchiveProblem, match="there is no y"):
        archive.read(path, "y")
    whole = path.read_bytes()
    for damaged in (b"", b"text", whole[: len(whole) // 2], whole[:60] + b"?" * 20 + whole[80:]):
        path.write_bytes(damaged)
        with pytest.raises(ArchiveProblem, match="damaged"):
            archive.read(path, "x")


def test_an_archive_opens_with_any_tool(tmp_path: Path) -> None:
    path = tmp_path / "one.zip"
    archive.write(path, {"x": 1, "y": 2})
    with zipfile.ZipFile(path) as opened:
        assert opened.namelist() == ["x", "y"]
        assert opened.testzip() is None
