"""The training loop and what belongs to it: losses, optimizers, schedules, metrics, checkpoints."""
