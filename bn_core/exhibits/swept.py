"""What a sweep came to, where all of its members are among the runs that come with the app."""

from __future__ import annotations

import functools

from bn_core.exhibits.reader import Library, Member
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.results import Outcome, Results
from bn_core.sweeps.standing import outcome


@functools.lru_cache(maxsize=8)
def recorded_results(library: Library, plan: Sweep) -> Results | None:
    """Return what it came to, read once: recorded runs never change; None where a member is not among them."""
    recorded = {member.record.config.identity: member for member in library.members()}
    outcomes = {}
    for member in plan.members:
        found = recorded.get(member.identity)
        if found is None:
            return None
        outcomes[member.identity] = _outcome(library, found)
    return Results(plan, outcomes)


def _outcome(library: Library, member: Member) -> Outcome:
    run, history = member.record, library.history(member.record.id)
    if run.status != "finished":
        return Outcome(failed=run.message)
    last = history.evaluations[-1] if history.evaluations else None
    return outcome(run.config, run.test_accuracy, history.accuracies, last)
