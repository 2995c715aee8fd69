"""What a training came to: as tables for a terminal, and as one page."""

from descend.report.tables import Scores, confusion_table, metrics_rows, metrics_table, written

__all__ = ["Scores", "confusion_table", "metrics_rows", "metrics_table", "written"]
