"""The pages of the cockpit (督办看板): how the bureau's work stands, for those who lead it."""
