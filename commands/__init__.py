"""The coordinator's commands, one module a noun; `cli.py` puts them together."""
