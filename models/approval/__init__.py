"""Approvals as laws: definitions, states, commands and what follows from them. Pure; knows no database."""
