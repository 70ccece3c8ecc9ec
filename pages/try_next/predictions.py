"""What was predicted, as the browser notes it: about a training, by the identity of its configuration."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bn_core.config import TrainingConfig
from bn_core.experiments import experiments
from bn_core.experiments.choosing import Predicted
from bn_core.runs.records import is_run_id
from pages.session import notes

PREFIX = "predicted-"
DIRECTIONS = ("higher", "same", "lower")


@dataclass(frozen=True)
class Prediction:
    """What was predicted of a training.

    Attributes:
        key: of the experiment.
        before: the id of the run that it came after.
        said: a percentage, a batch, or one of `DIRECTIONS`.
    """

    key: str
    before: str
    said: float | str

    @property
    def kind(self) -> Predicted:
        """What kind of prediction it is."""
        return next(each.predicts for each in experiments() if each.key == self.key)


def predict(config: TrainingConfig, prediction: Prediction) -> None:
    """Note a prediction on this training; an earlier one on it is forgotten."""
    notes.put(PREFIX + config.identity, json.dumps([prediction.key, prediction.before, prediction.said]))


def prediction(config: TrainingConfig) -> Prediction | None:
    """Return what was predicted of this training; None where nothing was. What the browser says is not trusted."""
    try:
        key, before, said = json.loads(str(notes.read(PREFIX + config.identity)))
    except (ValueError, TypeError):
        return None
    known = {each.key: each.predicts for each in experiments()}
    if not isinstance(key, str) or key not in known or not is_run_id(before):
        return None
    if not (said in DIRECTIONS if known[key] == "direction" else is_number(said)):
        return None
    return Prediction(key, before, said)


def predicted() -> set[str]:
    """Return the identities of all trainings that something was predicted of."""
    return {name.removeprefix(PREFIX) for name in notes.names(PREFIX)}


def is_number(said: object) -> bool:
    """Return whether this can be a percentage or a batch."""
    return isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said <= 5000
