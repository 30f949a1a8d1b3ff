"""The rehearsal of a whole year: the same flows and verbs, with scripted people and a simulated clock."""
