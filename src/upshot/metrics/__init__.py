"""Scores of a summary against its references and its dialogue, without a model."""
