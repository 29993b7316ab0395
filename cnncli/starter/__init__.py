"""What `cnn init` writes: a configuration to begin with, for given images."""
