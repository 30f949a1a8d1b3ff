"""What the database itself refuses and offers: triggers on the event log, the view of work items."""

from __future__ import annotations

_REFUSED = "events are append-only"
_RAISE = f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
_IN_THE_WAY = "EXISTS (SELECT 1 FROM event WHERE id = NEW.id)"
_FUNCTION = f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
_CALL = "EXECUTE FUNCTION event_refuse()"

EVENT_GUARDS = {
    "sqlite": (
        f"CREATE TRIGGER event_no_update BEFORE UPDATE ON event {_RAISE}",
        f"CREATE TRIGGER event_no_delete BEFORE DELETE ON event {_RAISE}",
        # INSERT OR REPLACE deletes the row in its way without asking the trigger on deletions.
        f"CREATE TRIGGER event_no_replace BEFORE INSERT ON event WHEN {_IN_THE_WAY} {_RAISE}",
    ),
    "postgresql": (
        f"CREATE FUNCTION event_refuse() RETURNS trigger LANGUAGE plpgsql AS {_FUNCTION}",
        f"CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event FOR EACH ROW {_CALL}",
        f"CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event FOR EACH STATEMENT {_CALL}",
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
