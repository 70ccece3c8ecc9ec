"""The columns of an exported table: name, type and meaning, stated once, and written into the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

RUN = "The run's id: ten characters of a-z and 0-9."


@dataclass(frozen=True)
class Column:
    """One column of a table. `type` is Arrow's."""

    name: str
    type: pa.DataType
    meaning: str


@dataclass(frozen=True)
class Layout:
    """The columns of a table, in order."""

    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """Arrow's schema; each field's metadata has its meaning."""
        return pa.schema([pa.field(each.name, each.type, metadata={"meaning": each.meaning}) for each in self.columns])

    @property
    def names(self) -> list[str]:
        """What the columns are called."""
        return [each.name for each in self.columns]

    @property
    def meanings(self) -> dict[str, str]:
        """What each column means."""
        return {each.name: each.meaning for each in self.columns}

    def table(self, values: Mapping[str, Any], rows: int) -> pa.Table:
        """Return a table of this layout.

        Args:
            values: an array, or one value that stands in every row, for some of the columns; the others are null.
        """
        return pa.table([_array(values.get(each.name), each.type, rows) for each in self.columns], self.schema)


def _array(values: Any, kind: pa.DataType, rows: int) -> pa.Array:
    if values is None or isinstance(values, str | bool | int | float):
        return pa.repeat(pa.scalar(values, kind), rows)
    return values.cast(kind) if isinstance(values, pa.Array) else pa.array(values, kind)
