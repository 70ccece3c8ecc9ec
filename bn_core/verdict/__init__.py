"""What the spread over seeds allows to claim when configurations are compared: pure functions of scores.

`comparing` judges planned pairs of groups as one family, by two tests (`relabeling`, `unequal_spreads`) whose p values
`holm` holds against the level; `planning` says how many seeds it takes."""

from bn_core.verdict.comparing import LEVEL, Comparison, Test, Verdict, VerdictProblem, compare
from bn_core.verdict.planning import pairs_told, pooled_spread, power, seeds_for_pairs, seeds_to_tell

__all__ = [
    "LEVEL",
    "Comparison",
    "Test",
    "Verdict",
    "VerdictProblem",
    "compare",
    "pairs_told",
    "pooled_spread",
    "power",
    "seeds_for_pairs",
    "seeds_to_tell",
]
