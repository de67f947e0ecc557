"""What is wrong with a summary, and where to look: pure functions of a dialogue, a summary and its references."""
