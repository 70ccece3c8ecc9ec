"""The tables of runs as files: curves alone as CSV, and all tables as CSV or Parquet in one zip."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Literal, Protocol, TypeAlias

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from bn_core.exports import curves, layers
from bn_core.exports.cell import cell
from bn_core.exports.columns import Layout
from bn_core.exports.recording import Recording
from bn_core.exports.zipped import zipped

TableKind = Literal["csv", "parquet"]

TABLES: dict[str, tuple[Layout, Callable[[Recording], pa.Table]]] = {
    "curves": (curves.LAYOUT, curves.curves),
    "layers": (layers.LAYOUT, layers.layers),
    "histograms": (layers.HISTOGRAMS, layers.histograms),
}
"""Each table's columns, and what makes the part of one run."""

COLUMNS_FILE = "columns.json"
"""What the columns of each table mean."""


class _Writer(Protocol):
    def write_table(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


Open: TypeAlias = Callable[[pa.NativeFile, pa.Schema], _Writer]

_OPEN: dict[TableKind, Open] = {"csv": pyarrow.csv.CSVWriter, "parquet": pyarrow.parquet.ParquetWriter}


def curves_csv(recordings: Iterable[Recording]) -> bytes:
    """Return the curves of these runs, a row for each of their steps.

    Numbers are written with the fewest digits that give the same number back (pandas: `float_precision="round_trip"`).
    """
    return _files(recordings, ["curves"], "csv")["curves"]


def tables_zip(recordings: Iterable[Recording], kind: TableKind) -> bytes:
    """Return curves, numbers by layer and histograms of these runs, one file each, and what their columns mean."""
    files = {f"{name}.{kind}": content for name, content in _files(recordings, list(TABLES), kind).items()}
    meanings = {name: layout.meanings for name, (layout, _) in TABLES.items()}
    return zipped([*files.items(), (COLUMNS_FILE, json.dumps(meanings, indent=2).encode())])


def _files(recordings: Iterable[Recording], names: list[str], kind: TableKind) -> dict[str, bytes]:
    """Return the files of some tables by name. The tables of one run are in memory at a time."""
    sinks = {name: pa.BufferOutputStream() for name in names}
    writers = {name: _OPEN[kind](sinks[name], _written(TABLES[name][0].schema, kind)) for name in names}
    for recording in recordings:
        for name in names:
            table = TABLES[name][1](recording)
            writers[name].write_table(_for_spreadsheets(table) if kind == "csv" else table)
    for writer in writers.values():
        writer.close()
    return {name: sink.getvalue().to_pybytes() for name, sink in sinks.items()}


def _written(schema: pa.Schema, kind: TableKind) -> pa.Schema:
    return pa.schema([_plain(each) for each in schema]) if kind == "csv" else schema


def _plain(field: pa.Field) -> pa.Field:
    return field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field


def _for_spreadsheets(table: pa.Table) -> pa.Table:
    """Return a table as CSV has it: what its owner called a run is no formula."""
    table = table.cast(_written(table.schema, "csv"))
    if "name" not in table.column_names:
        return table
    place = table.schema.get_field_index("name")
    names = [None if name is None else cell(name) for name in table["name"].to_pylist()]
    return table.set_column(place, table.schema.field(place), [pa.array(names, pa.string())])
