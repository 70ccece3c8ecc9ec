"""What may be asked about one step of a run: the weights and moving statistics of a snapshot.

Each question is a frozen dataclass, checked when it is made. It travels as a JSON object, its `kind` being the name of
the class: `to_json` and `question_of`. What the answer holds is said in `bn_core.questions.answers`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, get_args

from bn_core.architecture import IMAGE_SIZE
from bn_core.config import FIELD_BY_NAME, Choice, Field, Switch, Whole, shown
from bn_core.protocol import MOST_STEPS, RECALIBRATION_BATCHES, SCORING_BATCH

MOST_BATCHES = 100
"""Over how many batches statistics can be recalibrated, where the data set has as many."""

BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""The evaluation batch sizes that are compared."""

COMPANIONS = SCORING_BATCH - 1
"""Images that share a batch with the one that is looked at."""

COMPANION_SETS = 20
"""How often the companions are drawn anew."""

PIXELS = IMAGE_SIZE * IMAGE_SIZE

Company = Literal["alone", "same class", "mixed", "blank"]


class QuestionProblem(ValueError):  # noqa: N818 - named for what it tells
    """What was asked cannot be answered. Its text is one sentence that says why and what to do."""


@dataclass(frozen=True)
class _Drawing:
    """A field with the pixels of an image, row by row from the upper left: 784 bytes, or the same as base64 text."""

    name: str

    @property
    def domain(self) -> str:
        return f"{PIXELS} bytes, or {PIXELS} bytes as base64 text"

    def parse(self, value: object) -> bytes:
        if isinstance(value, str):
            # Longer than it can be: nobody should have to decode it.
            if len(value) > 2 * PIXELS:
                raise ValueError
            try:
                value = base64.b64decode(value, validate=True)
            except binascii.Error:
                raise ValueError from None
        if not isinstance(value, bytes) or len(value) != PIXELS:
            raise ValueError
        return value


STEP = Whole("step", 0, MOST_STEPS, 0, "Batch", "Updates done.")
BATCHES = Whole("batches", 1, MOST_BATCHES, RECALIBRATION_BATCHES, "Batches", "Training batches of 64 to average over.")
DEBIASED = Switch("debiased", "Debias", "Take the start of the moving average, mean 0 and variance 1, out of it.")
IMAGE = Whole("image", 0, 9999, 0, "Image", "Which image of the test set, counted from 0.")
COMPANY = Choice("company", get_args(Company), "mixed", "Company", "What shares the batch with the image.")

_FIELDS: dict[str, Field | _Drawing] = {
    field.name: field
    for field in (STEP, BATCHES, FIELD_BY_NAME["momentum"], DEBIASED, IMAGE, COMPANY, _Drawing("pixels"))
}


@dataclass(frozen=True)
class Question:
    """What every question says.

    Attributes:
        step: updates done when the weights were as they are asked about, 0 to 5000.

    Raises:
        QuestionProblem: a field of another type, or out of range.
    """

    step: int

    def __post_init__(self) -> None:
        for field in fields(self):
            allowed, value = _FIELDS[field.name], getattr(self, field.name)
            try:
                object.__setattr__(self, field.name, allowed.parse(value))
            except (ValueError, TypeError, OverflowError):
                raise QuestionProblem(f"{field.name} must be {allowed.domain}, not {shown(value)}.") from None

    def to_json(self) -> dict[str, Any]:
        """The question as a JSON object of at most 1,200 characters; `question_of` takes it back."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {"kind": type(self).__name__} | {
            name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for name, value in values.items()
        }


@dataclass(frozen=True)
class Recalibrate(Question):
    """What are the true statistics of these weights, and what do they score with them? (E17)

    Attributes:
        batches: how many training batches of 64 to average over, 1 to `most_batches`.
    """

    batches: int = BATCHES.default


@dataclass(frozen=True)
class ApplyDecay(Question):
    """What do these weights score with the moving statistics that another decay would have left? (E1, E16)

    Attributes:
        momentum: what share of the old value each update would have kept, 0 to 0.9999.
        debiased: whether the start of the moving average is taken out.
    """

    momentum: float
    debiased: bool = False


@dataclass(frozen=True)
class ScoreOneByOne(Question):
    """What do the first 100 test images score one at a time, and where does their difference die? (E2)"""


@dataclass(frozen=True)
class VaryBatchSize(Question):
    """What do the same images score in batches of 1, 2, 4 .. 256 with batch statistics? (E5)"""


@dataclass(frozen=True)
class ChangeCompany(Question):
    """How do an image's ten scores depend on what shares the batch with it? (E6)

    Attributes:
        image: which image of the test set, counted from 0.
        company: `alone`; `same class`, 63 training images of its class; `mixed`, 63 training images of any class;
            `blank`, 63 images that are all background.
    """

    image: int
    company: Company


@dataclass(frozen=True)
class ScoreSingleClasses(Question):
    """What do batches of a single class score with their own statistics? (E6)"""


@dataclass(frozen=True)
class ClassifyDrawing(Question):
    """What do these weights make of an image that somebody drew?

    Attributes:
        pixels: 784 bytes, row by row from the upper left; 0 is the background, 255 the brightest ink.
    """

    pixels: bytes


KINDS: dict[str, type[Question]] = {kind.__name__: kind for kind in Question.__subclasses__()}


def question_of(values: object) -> Question:
    """The question that a JSON object, as `to_json` makes it, stands for.

    Raises:
        QuestionProblem: it is no object, its kind is unknown, or a field is missing, unknown or wrong.
    """
    if not isinstance(values, dict):
        raise QuestionProblem(f"A question is a JSON object with a kind, not {shown(values)}.")
    rest = dict(values)
    name = rest.pop("kind", None)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise QuestionProblem(f"There is no question of kind {shown(name)}; the kinds are {', '.join(KINDS)}.")
    known = {field.name: field for field in fields(kind)}
    for field in rest:
        if field not in known:
            raise QuestionProblem(f"{name} has no field {shown(field)}; its fields are {', '.join(known)}.")
    for field in known.values():
        if field.default is MISSING and field.name not in rest:
            raise QuestionProblem(f"{name} needs the field {field.name}: {_FIELDS[field.name].domain}.")
    return kind(**rest)


def most_batches(train_images: int) -> int:
    """Over how many batches `Recalibrate` can average: 100, or fewer where a data set has not so many images."""
    return min(MOST_BATCHES, train_images // SCORING_BATCH)
