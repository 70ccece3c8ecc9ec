"""What the page does where a run has no statistics to show."""

from __future__ import annotations

from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.parts.onward import onward
from pages.parts.run_choice import first_to_show, name
from pages.population_page.words import TEXT, nothing_here
from pages.words.plain_text import plain


def shows(service: RunService, run: RunRecord) -> bool:
    """Return whether a run has, or will have, statistics to show."""
    return not nothing_here(run.config) and (run.active or len(service.statistics(run.id).steps) > 0)


def lead_on(service: RunService) -> None:
    """Put a link on the page to a run that has statistics, else to where one is trained."""
    other = first_to_show(service, lambda run: shows(service, run))
    if other is None:
        onward("train", TEXT("nothing.train"))
    else:
        onward("population", TEXT("nothing.instead", name=plain(name(other))), {"run": other.id})
