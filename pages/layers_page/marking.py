"""Rows that are no measurements: which layer is looked at, and where there is nothing to show yet.

They stand in the charts' tables, so that choosing another layer draws no chart anew.
"""

from __future__ import annotations

import pyarrow as pa

from bn_core.chart_tables.layers import Point, ProbedSteps, Quantity, by_layer

CHOSEN = 255
"""The entry of the row that marks a layer in a table of histograms: above those of all bins."""

NOTHING = 0
"""The layer of a row that says that there is no value at a step."""


def with_chosen(histograms: pa.Table, layer: int) -> pa.Table:
    """A table of all layers' histograms with a row more, of the entry `CHOSEN`, for the layer that is looked at."""
    return _with_rows(histograms, {"layer": [layer], "entry": [CHOSEN]})


def with_gaps(numbers: pa.Table, snapshots: ProbedSteps, point: Point, quantity: Quantity) -> pa.Table:
    """A table of one number a layer with a row more, of layer `NOTHING`, for each step at which the run has none: no
    gradient before the first update, or nothing that an older version did not measure yet."""
    probes = enumerate(snapshots.lanes[0].probes)
    gaps = [step for step, probe in probes if probe is not None and by_layer(probe, point, quantity) is None]
    return _with_rows(numbers, {"snapshot": gaps, "layer": [NOTHING] * len(gaps)})


def _with_rows(table: pa.Table, columns: dict[str, list[int]]) -> pa.Table:
    """The table with more rows; what is not given is 0."""
    zeros = dict.fromkeys(table.column_names, [0] * len(columns["layer"]))
    return pa.concat_tables([table, pa.table(zeros | columns, table.schema)]).combine_chunks()
