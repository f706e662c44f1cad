"""The training loop and its parts: batches, optimizers, validation, checkpoints, replay."""
