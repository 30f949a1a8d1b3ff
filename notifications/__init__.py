"""Who is told: which event tells whom, the outbox, letters and their delivery."""
