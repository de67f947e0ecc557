"""Tensors, first half: tokens, models, adapters, generation. The only rooms besides `train` that import torch."""
