"""A trained network at work: its scores for any images, and how good they are."""
