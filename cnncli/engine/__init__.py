"""Runs a network forward and backward, in shards on threads."""
