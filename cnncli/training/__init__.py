"""The training loop: steps, gradients, parameter groups, evaluation, early stopping, signals."""
