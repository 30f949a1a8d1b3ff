"""The coordinator's files, as messy as they are, become values that the rest of the program can trust."""
