"""Normalisations: of channels over a batch, of an image, of groups, of neighbours."""
