"""Approvals as the database keeps them: their tables as plain SQL, and how rows become a state."""
