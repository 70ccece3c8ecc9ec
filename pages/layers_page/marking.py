"""Rows that are no measurements: which layer is looked at, and where there is nothing to show yet.

They stand in the charts' tables, so that choosing another layer draws no chart anew.
"""

from __future__ import annotations

import pyarrow as pa

from bn_core.chart_tables.layers import ProbedSteps

CHOSEN = 255
"""The entry of the row that marks a layer in a table of histograms: above those of all bins."""

NOTHING = 0
"""The layer of a row that says that there is no value at a step."""


def with_chosen(histograms: pa.Table, layer: int) -> pa.Table:
    """A table of all layers' histograms with a row more, of the entry `CHOSEN`, for the layer that is looked at."""
    return _with_rows(histograms, {"layer": [layer], "entry": [CHOSEN]})


def with_gaps(gradients: pa.Table, snapshots: ProbedSteps) -> pa.Table:
    """A table of gradients by layer with a row more, of layer `NOTHING`, for each step of the run without any: no
    update has been made before the first batch."""
    probes = enumerate(snapshots.lanes[0].probes)
    gaps = [snapshot for snapshot, probe in probes if probe is not None and probe.kernel_gradients is None]
    return _with_rows(gradients, {"snapshot": gaps, "layer": [NOTHING] * len(gaps)})


def _with_rows(table: pa.Table, columns: dict[str, list[int]]) -> pa.Table:
    """The table with more rows; what is not given is 0."""
    zeros = dict.fromkeys(table.column_names, [0] * len(columns["layer"]))
    return pa.concat_tables([table, pa.table(zeros | columns, table.schema)]).combine_chunks()
