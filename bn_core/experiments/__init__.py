"""What to try next after a run: one experiment, chosen from what the run showed, and what two runs came to beside each
other. `experiments.toml` says which there are, in the order in which they are considered."""

from bn_core.experiments.choosing import Experiment, experiments, next_experiment
from bn_core.experiments.figures import Figures, figures_of

__all__ = ["Experiment", "Figures", "experiments", "figures_of", "next_experiment"]
