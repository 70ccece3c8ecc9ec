"""The Train page below its introduction: the network that is chosen, and the run on the page as it goes."""

from __future__ import annotations

from bn_core.config import TrainingConfig
from bn_core.runs.service import RunService
from pages.session import presenter
from pages.train_page.block_drawing import draw
from pages.train_page.live_run import Subject, live_run
from pages.train_page.recorded_runs import same_training


def train_panel(service: RunService, run_id: str | None, config: TrainingConfig) -> None:
    """Put both on the page.

    Args:
        run_id: the run on the page; None, or no run's, for empty charts.
        config: what the controls say.
    """
    recorded = same_training(config, service.recorded())
    subject = Subject(run_id, config, service.identical(config), recorded, presenter.scale())
    # A room looks at the curves: where they are presented, the drawing stands below them.
    if presenter.on():
        live_run(service, subject)
        draw(config)
    else:
        draw(config)
        live_run(service, subject)
