"""The fields of a configuration as tables have them: their values in words, and what differs between several."""

from __future__ import annotations

from collections.abc import Sequence

from bn_core.config import FIELDS, Field, TrainingConfig, url_text
from bn_core.data.catalogue import TITLES
from bn_core.names import VALUES
from pages.words.prose import prose
from pages.words.signs import as_read

TEXT = prose("runs")


def value_of(config: TrainingConfig, field: Field) -> str | None:
    """Return a field's value as a plain text; None where the field does nothing in this network."""
    value = getattr(config, field.name)
    if field.name in config.idle:
        return None
    if field.name == "dataset":
        return TITLES[config.dataset]
    if field.name in VALUES:
        return VALUES[field.name][value].control
    if isinstance(value, bool):
        return TEXT("fields.on" if value else "fields.off")
    return f"{value:,}" if isinstance(value, int) and field.name != "seed" else as_read(url_text(value))


def differences(configs: Sequence[TrainingConfig]) -> dict[str, tuple[str | None, ...]]:
    """Return what differs between these configurations: what each field is called in which they do, and its value in
    each of them, as `value_of`. One that does nothing in some, and is the same in all others, is none of them."""
    values = {field.label: tuple(value_of(config, field) for config in configs) for field in FIELDS}
    return {label: each for label, each in values.items() if len({*each} - {None}) > 1}
