"""What cnn time prints: where the time of a step goes."""
