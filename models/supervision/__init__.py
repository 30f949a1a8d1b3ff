"""Lights, pace and the ladder of reminders: pure laws over a table that the bureau may change."""
