"""What sweeps over the runs that come with the app came to."""

from __future__ import annotations

import numpy as np

from bn_core.exhibits import library
from bn_core.exhibits.reader import DATA, Library
from bn_core.exhibits.swept import recorded_results
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.ready_made import ready_made

PLAN = next(one.plan for one in ready_made() if one.key == "before-or-after")


def test_the_first_question_is_answered_by_the_runs_that_come_along() -> None:
    found = recorded_results(library(), PLAN)
    assert found is not None
    assert found.complete
    by_config = {member.record.config.identity: member for member in library().members()}
    for arm in PLAN.arms:
        for member, outcome in zip(arm.members, found.of_arm(arm), strict=True):
            recorded = by_config[member.identity]
            history = library().history(recorded.record.id)
            assert outcome.final == recorded.record.test_accuracy
            last = history.evaluations[-1]
            score = last.recalibrated if member.normalized else last.moving
            assert score is not None
            assert outcome.recalibrated == score.accuracy
            if outcome.learned is None:
                assert np.mean(history.accuracies[-10:]) < 0.9
            else:
                assert 1 <= outcome.learned <= member.batches


def test_nothing_is_said_where_a_member_does_not_come_along(tmp_path) -> None:
    assert recorded_results(library(), Sweep.of("?", {"batches": 799}, {"seed": [0, 1]})) is None
    assert recorded_results(Library(tmp_path), PLAN) is None


def test_another_copy_of_the_same_files_says_the_same() -> None:
    assert recorded_results(Library(DATA), PLAN) == recorded_results(library(), PLAN)
