"""Tensors, second half: the training loop, its batches, its checkpoints."""
