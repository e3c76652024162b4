"""The database keeps two promises by itself: events are append-only (L1), and nobody decides on a request of their own
organisation (R3; the part of the filer is a CHECK constraint on the request)."""

from django.db import migrations

EVENTS = "revocation_event"
REQUESTS = "revocation_revocationrequest"
MEMBER = """
    SELECT 1 FROM accounts_membership m
    JOIN revocation_certificate c ON c.customer_id = m.customer_id
    WHERE m.user_id = NEW.decided_by_id AND c.id = NEW.certificate_id
"""

SQLITE = [
    f"""CREATE TRIGGER event_no_update BEFORE UPDATE ON {EVENTS}
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    f"""CREATE TRIGGER event_no_delete BEFORE DELETE ON {EVENTS}
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    f"""CREATE TRIGGER request_four_eyes BEFORE UPDATE OF decided_by_id ON {REQUESTS}
        WHEN NEW.decided_by_id IS NOT NULL AND EXISTS ({MEMBER})
        BEGIN SELECT RAISE(ABORT, 'four eyes: the decider belongs to the customer'); END""",
]

POSTGRESQL = [
    """CREATE FUNCTION revocation_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON {EVENTS}
        FOR EACH ROW EXECUTE FUNCTION revocation_append_only()""",
    f"""CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON {EVENTS}
        FOR EACH STATEMENT EXECUTE FUNCTION revocation_append_only()""",
    f"""CREATE FUNCTION revocation_four_eyes() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF NEW.decided_by_id IS NOT NULL AND EXISTS ({MEMBER}) THEN
           RAISE EXCEPTION 'four eyes: the decider belongs to the customer'
             USING ERRCODE = 'integrity_constraint_violation';
         END IF;
         RETURN NEW;
       END $$""",
    f"""CREATE TRIGGER request_four_eyes BEFORE INSERT OR UPDATE OF decided_by_id ON {REQUESTS}
        FOR EACH ROW EXECUTE FUNCTION revocation_four_eyes()""",
]

STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def create(apps, schema_editor):
    for statement in STATEMENTS[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("revocation", "0001_initial")]
    operations = [migrations.RunPython(create)]
