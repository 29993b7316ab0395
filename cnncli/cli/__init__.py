"""The command line: a command parses, calls and prints; one boundary turns errors into status."""
