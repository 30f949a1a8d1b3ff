"""What exists: values and their laws, tables, the event log, settings."""
