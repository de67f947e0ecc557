"""The report of a run: one page for people, one technical report, both from stored predictions and without torch."""
