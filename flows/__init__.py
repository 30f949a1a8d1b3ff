"""When: the only room that knows Prefect; it orders the verbs, schedules them and shows them."""
