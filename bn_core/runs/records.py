"""What the store keeps of a run, of the engine and of a request, as values; and what can be wrong with an action."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from bn_core.config import TrainingConfig

Status = Literal["queued", "compiling", "running", "paused", "finished", "failed", "stopped", "interrupted"]
"""Where a run is in its life: waiting for a worker; tracing its program; training; waiting on one's word; and the four
ends: every batch done, not able to go on, stopped by its owner, or cut short by the end of the app or of its worker."""

STATUSES: tuple[Status, ...] = get_args(Status)
ON_WORKER: tuple[Status, ...] = ("compiling", "running", "paused")
"""What only a living engine can be doing with a run."""
ACTIVE: tuple[Status, ...] = ("queued", *ON_WORKER)
ENDED: tuple[Status, ...] = ("finished", "failed", "stopped", "interrupted")

Recording = Literal["everything", "scores"]
"""How much is kept of a run: all that it says; or losses, scores and its end, without what is inside its layers."""

SweepState = Literal["running", "paused", "stopped", "finished"]
"""Where a sweep is: its members are trained as workers are free; none is begun until it is resumed; it was ended before
all were trained; all have ended."""

RequestKind = Literal["start", "stop", "pause", "resume", "step", "prepare"]
EngineState = Literal["off", "starting", "ready", "unavailable"]
ProgramKey = tuple[str | bool, ...]
"""`TrainingConfig.compile_key`: two runs with equal keys share one traced program."""

NOBODY = ""
"""The owner of a run that comes with the app."""

NAME_LIMIT = 80
QUESTION_LIMIT = 8192
_RUN_ID = re.compile(r"[a-z0-9]{10}")
_OWNER = re.compile(r"[!-~]{16,128}")


class RunProblem(Exception):  # noqa: N818 - named for what it tells
    """Something that cannot be done with a run. `str(problem)` is one sentence for the person who asked."""


class UnknownRun(RunProblem, LookupError):  # noqa: N818 - named for what it tells
    """No run has this id."""

    def __init__(self) -> None:
        super().__init__("There is no run with this id. It may have been deleted, or the link is incomplete.")


class RunDamaged(RunProblem):
    """What is stored of the run is not what was recorded."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"Run {run_id} is damaged: what the disk gives back of it is not what was recorded, so nothing of it is "
            "shown or used. Delete it, or put a copy of the database in its place; other runs are not affected."
        )


class WeightsDamaged(RunProblem):
    """The weights of a step of a run are not what was kept."""

    def __init__(self, step: int) -> None:
        super().__init__(
            f"The weights of batch {step} are damaged on the disk, so nothing can be worked out from them; what was "
            "measured of this run is not affected. Ask about another step, or start the same run again."
        )


class UnknownSweep(RunProblem, LookupError):  # noqa: N818 - named for what it tells
    """No sweep has this id."""

    def __init__(self) -> None:
        super().__init__("There is no sweep with this id: the link is incomplete, or of another server.")


class NotYours(RunProblem, PermissionError):  # noqa: N818 - named for what it tells
    """The run was started in another browser, or it comes with the app."""

    def __init__(
        self, why: str = "Only the browser that started this run can change it. You can start a run of your own."
    ) -> None:
        super().__init__(why)


class NotPossible(RunProblem):
    """The run, or the engine, is not in a state in which this can be done."""


class SweepDamaged(NotPossible):
    """What is stored of the sweep is not what was written."""

    def __init__(self, sweep_id: str) -> None:
        super().__init__(
            f"Sweep {sweep_id} is damaged: what the disk gives back of its plan is not what was written, so it cannot "
            "go on. Begin the same sweep again: what was trained for it is not trained again."
        )


class QueueFull(RunProblem):
    """Too many runs, or questions, are waiting."""


class BadName(RunProblem, ValueError):  # noqa: N818 - named for what it tells
    """A name that no run can have."""


class BadQuestion(RunProblem, ValueError):  # noqa: N818 - named for what it tells
    """Something that is no question."""


@dataclass(frozen=True)
class RunRecord:
    """One run as it was when it was read.

    Attributes:
        id: ten characters of a-z and 0-9.
        config: what is trained.
        name: what its owner called it; None if nothing.
        pinned: whether it stays when room is made.
        status: see `Status`.
        message: one sentence: why it failed or was interrupted, and what can be done; else None.
        owner: SHA-256 of the id of the browser that started it, hexadecimal; `NOBODY` where none did.
        step: updates done, as far as they are recorded.
        created, started, ended: unix seconds; started is when its first batch could begin, None before that.
        worker: the worker that has it; None while it waits and after its end.
        compiling_since: unix seconds, while its program is traced.
        dataset_note: which data it was trained on, once that is known.
        checkpoint_step: the step of the checkpoint kept for it; None without one.
        presumed: whether `interrupted` is what the service infers from a silent engine, not what is recorded.
        milliseconds: time its recorded events took, evaluations included.
        test_accuracy: share of the test images that was right at its end, 0 to 1; None before that.
        snapshots_removed: how many of its weight snapshots were removed to make room. What was measured at
            those steps stays; nothing new can be asked about them.
        shared: whether everybody finds it among their runs to choose from; who has its id can open it either way.
        recording: how much is kept of it.
        sweep: the id of the sweep that it was trained for; None for none.
        checked_late: whether its first part was stored before the store had checks, so that what was damaged by then
            would not show.
    """

    id: str
    config: TrainingConfig
    name: str | None
    pinned: bool
    status: Status
    message: str | None
    owner: str
    step: int
    created: float
    started: float | None
    ended: float | None
    worker: str | None = None
    compiling_since: float | None = None
    dataset_note: str | None = None
    checkpoint_step: int | None = None
    presumed: bool = False
    milliseconds: float = 0.0
    test_accuracy: float | None = None
    snapshots_removed: int = 0
    shared: bool = False
    recording: Recording = "everything"
    sweep: str | None = None
    checked_late: bool = False

    @property
    def active(self) -> bool:
        """Whether more can be recorded without anybody asking for it: queued, compiling, running or paused."""
        return self.status in ACTIVE

    @property
    def left(self) -> bool:
        """Whether its worker left it, by dying or by the way to it, and it waits for another to go on by itself."""
        return self.status in ON_WORKER and self.worker is None and self.message is not None

    @property
    def resumable(self) -> bool:
        """Whether `resume` would put it back into the queue: it was interrupted, and the engine has taken note.

        It then goes on from its checkpoint, or from the start where it has none: the recorded steps stay either way.
        """
        return self.status == "interrupted" and not self.presumed


@dataclass(frozen=True)
class SweepRecord:
    """One sweep as it was when it was read.

    Attributes:
        id: ten characters of a-z and 0-9.
        plan: what is trained, as the text of a sweep's file (`bn_core.sweeps.reading`).
        owner: SHA-256 of the id of the browser that began it, hexadecimal.
        created: unix seconds.
        state: see `SweepState`.
    """

    id: str
    plan: str
    owner: str
    created: float
    state: SweepState


@dataclass(frozen=True)
class EngineStatus:
    """What the engine's host last said of itself.

    Attributes:
        state: off (nobody started it), starting, ready (takes runs) or unavailable (`message` says why).
        message: one sentence, empty while there is nothing to say.
        workers: how many trainings it can run at once.
        busy: how many of the workers have a run.
        warm: the programs that some worker has traced.
        heartbeat: unix seconds when the host said so; None if it never did.
    """

    state: EngineState
    message: str = ""
    workers: int = 0
    busy: int = 0
    warm: tuple[ProgramKey, ...] = ()
    heartbeat: float | None = None


@dataclass(frozen=True)
class Request:
    """Something that a page asks of the engine.

    Attributes:
        kind: start (the run is queued), stop, pause, resume (a paused run), step (one batch, then paused) or prepare
            (trace a configuration's program; `run_id` is None).
        argument: for prepare the configuration (`TrainingConfig.to_json`), else None.
        asked_by: SHA-256 of the asking browser's id; None for prepare.
    """

    id: int
    kind: RequestKind
    run_id: str | None
    argument: Any
    created: float
    asked_by: str | None = None


@dataclass(frozen=True)
class QueuePlace:
    """Where a waiting run stands: 1 is next. `minutes` until it starts; None where nothing was measured yet."""

    position: int
    minutes: float | None


@dataclass(frozen=True)
class Progress:
    """How far a run is (0 to 1), how fast it goes (over its latest batches) and how long it will still take.

    The last two are None where nothing was measured, and `seconds_left` is None for a run that has ended.
    """

    fraction: float
    batches_per_second: float | None
    seconds_left: float | None


@dataclass(frozen=True)
class DiskUse:
    """How much a browser's runs take, and how much there is.

    Attributes:
        runs: how many it has, those of its sweeps included.
        busy: how many of them are worked on, and so cannot be deleted.
        own: bytes that are recorded of them.
        all: bytes that the store takes, whoever the runs belong to.
        budget: bytes that it may take.
    """

    runs: int
    busy: int
    own: int
    all: int
    budget: int


@dataclass(frozen=True)
class Deleted:
    """Which runs were deleted, by their ids, and how many stay because they are worked on."""

    runs: tuple[str, ...]
    busy: int


@dataclass(frozen=True)
class StoredQuestion:
    """Something that a page asks about a run, as the engine's host takes it.

    Attributes:
        question: what the page asked: any JSON object.
        since: unix seconds when it was put.
    """

    id: int
    run_id: str
    question: dict[str, Any]
    since: float


@dataclass(frozen=True)
class Pending:
    """A question without an answer yet: how many open ones came before it, and how many seconds ago it was put."""

    ahead: int
    seconds: float


@dataclass(frozen=True)
class AnswerBytes:
    """What the engine answered, in the bytes that it gave."""

    packed: bytes


def is_run_id(text: object) -> bool:
    """Whether this could be the id of a run."""
    return isinstance(text, str) and _RUN_ID.fullmatch(text) is not None


def owner_hash(owner: object) -> str | None:
    """What is stored of a browser's random id (16 to 128 printable ASCII characters): its SHA-256; None for other."""
    if not isinstance(owner, str) or _OWNER.fullmatch(owner) is None:
        return None
    return hashlib.sha256(owner.encode("ascii")).hexdigest()


def clean_name(name: str | None) -> str | None:
    """A run's name without white space around it; None for an empty one.

    Raises:
        BadName: longer than 80 characters, or with characters that cannot be printed.
    """
    if name is None or (isinstance(name, str) and not name.strip()):
        return None
    if not isinstance(name, str):
        raise BadName("A run's name must be text.")
    name = name.strip()
    if len(name) > NAME_LIMIT:
        raise BadName(f"A run's name has at most {NAME_LIMIT} characters; this one has {len(name)}.")
    if not name.isprintable():
        raise BadName("A run's name can only have characters that can be printed, on one line.")
    return name


def canonical_question(question: object) -> str:
    """The question as one text, the same for equal questions: JSON in ASCII with sorted keys and no white space.

    Raises:
        BadQuestion: no dict with text keys that JSON can express (without NaN and infinity), or 8,192 or more bytes.
    """
    if not isinstance(question, dict) or not all(isinstance(key, str) for key in question):
        raise BadQuestion("A question must be a JSON object.")
    try:
        text = json.dumps(question, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadQuestion("A question can only have numbers (finite ones), texts, lists and objects in it.") from error
    if len(text) >= QUESTION_LIMIT:
        raise BadQuestion(f"A question must have fewer than {QUESTION_LIMIT:,} characters; this one has {len(text):,}.")
    return text
