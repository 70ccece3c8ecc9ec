"""Answering what is asked about a step of a run, on a worker."""

from __future__ import annotations

import logging

from bn_core.data.catalogue import DatasetUnavailable
from bn_core.engine import wording
from bn_core.engine.holdings import Holdings
from bn_core.engine.inquiry import Answered, Inquiry, Outcome, Refused
from bn_core.questions import answers
from bn_core.questions.questions import QuestionProblem, question_of
from bn_core.training.events import SnapshotTaken, unpack

NOT_WORKED_OUT = (
    "This could not be worked out: an error occurred that is not yours ({error}). Ask again; if it happens again, the "
    "engine's log has the details."
)
OTHER_DATA = (
    "The data set {title} that this machine has is not the one that the run was trained on, so nothing can be worked "
    "out about it here."
)

_log = logging.getLogger(__name__)


def answer(inquiry: Inquiry, holdings: Holdings) -> Outcome:
    """Work out the answer; never raise. For one thread at a time."""
    try:
        return _answer(inquiry, holdings)
    except (QuestionProblem, DatasetUnavailable) as problem:
        return Refused(str(problem))
    except Exception as error:
        _log.exception("Question %d could not be answered", inquiry.id)
        return Refused(NOT_WORKED_OUT.format(error=wording.named(error)))


def _answer(inquiry: Inquiry, holdings: Holdings) -> Outcome:
    question, config = question_of(inquiry.question), inquiry.config
    snapshot = unpack(inquiry.snapshot)
    if not isinstance(snapshot, SnapshotTaken) or snapshot.step != question.step:
        raise ValueError(f"The snapshot is a {type(snapshot).__name__} of step {snapshot.step}.")
    dataset = holdings.dataset(config)
    if inquiry.dataset_sha256 not in (None, dataset.sha256):
        return Refused(OTHER_DATA.format(title=dataset.title))
    with holdings.examiner(config) as examiner:
        return Answered(answers.pack(examiner.answer(question, config, dataset, snapshot.arrays, inquiry.statistics)))
