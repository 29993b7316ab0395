"""What is wrong with a network, what is doubtful, and which changes repair it."""
