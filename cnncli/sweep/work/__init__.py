"""A sweep at work: its folder, its workers, and how it stands."""
