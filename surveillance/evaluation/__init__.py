"""How good the alerts of a run are, against labels of what really happened."""

from surveillance.evaluation.claims import Claim, read_alerts, read_findings
from surveillance.evaluation.evaluate import Evaluation, evaluate
from surveillance.evaluation.truth import Episode, read_truth

__all__ = ["Claim", "Episode", "Evaluation", "evaluate", "read_alerts", "read_findings", "read_truth"]
