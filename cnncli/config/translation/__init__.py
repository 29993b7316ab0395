"""Words of other programs, with what they mean here: layers that there are not, and keys."""
