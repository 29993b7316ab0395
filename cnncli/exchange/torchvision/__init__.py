"""Weights of torchvision's networks, for the configurations of the same networks."""
