"""What the database itself refuses and offers, in each dialect: triggers on the event log, the view
behind `duban work list`.
"""

from __future__ import annotations

_TEXT = "events are append-only"

EVENT_GUARDS = {
    "sqlite": (
        f"CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
        f"CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_TEXT}'; END $$",
        "CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event "
        "FOR EACH ROW EXECUTE FUNCTION event_refuse()",
        "CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_refuse()",
    ),
}

#: One row a work item with the names a person reads; `duban work list` needs no ORM for it.
WORK_LIST = """
CREATE VIEW work_list AS
SELECT w.id, i.year, i.ref, i.title, i.category, i.key, i.hidden, i.origin, u.name AS unit, w.period, w.state,
       w.light, p.name AS owner, p.email AS owner_email, w.start_on, w.due_on, w.original_due_on,
       w.closed_on, w.target, w.done
FROM work_item w
JOIN item i ON i.id = w.item_id
JOIN unit u ON u.id = w.unit_id
LEFT JOIN person p ON p.id = w.owner_id
"""
