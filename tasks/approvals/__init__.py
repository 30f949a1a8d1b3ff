"""Approvals in the database: each command is one transaction around the pure engine."""
