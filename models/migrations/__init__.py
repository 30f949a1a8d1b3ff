"""Alembic migrations; they ship with the package."""
