"""Official documents: calendar, slips, checklists, bulletin and report, written from the record."""
