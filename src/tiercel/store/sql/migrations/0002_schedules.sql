-- What the latest revision of the flow says of a trigger, and how it went the last time.
ALTER TABLE triggers
    DROP COLUMN backfill,
    ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'SCHEDULE',
    ADD COLUMN definition text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN is_active boolean NOT NULL DEFAULT true,
    ADD COLUMN fired_at timestamptz,
    ADD COLUMN result text,
    ADD COLUMN message text;

-- The one index the scheduler sleeps by: what can't fire now is not in it.
DROP INDEX triggers_due;
CREATE INDEX triggers_due ON triggers (next_date)
    WHERE is_active AND NOT disabled AND execution_id IS NULL AND next_date IS NOT NULL;
CREATE INDEX triggers_locked ON triggers (execution_id) WHERE execution_id IS NOT NULL;

-- Every execution that a date gave. A date fires once by itself, and once in each backfill.
CREATE TABLE fires (
    namespace text COLLATE "C" NOT NULL,
    flow_id text COLLATE "C" NOT NULL,
    trigger_id text COLLATE "C" NOT NULL,
    date timestamptz NOT NULL,
    backfill_id text COLLATE "C" NOT NULL DEFAULT '',
    execution_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (namespace, flow_id, trigger_id, date, backfill_id)
);

-- Backfills with their dates in the order they run. Counters make progress one look-up.
CREATE TABLE backfills (
    id text COLLATE "C" PRIMARY KEY,
    namespace text COLLATE "C" NOT NULL,
    flow_id text COLLATE "C" NOT NULL,
    trigger_id text COLLATE "C" NOT NULL,
    start_date timestamptz NOT NULL,
    end_date timestamptz NOT NULL,
    selection text COLLATE "C" NOT NULL,
    newest_first boolean NOT NULL,
    parallel integer NOT NULL,
    inputs json NOT NULL,
    labels json NOT NULL,
    paused boolean NOT NULL DEFAULT false,
    cancelled boolean NOT NULL DEFAULT false,
    total integer NOT NULL,
    started integer NOT NULL DEFAULT 0,
    running integer NOT NULL DEFAULT 0,
    succeeded integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);

CREATE UNIQUE INDEX backfills_open ON backfills (namespace, flow_id, trigger_id)
    WHERE ended_at IS NULL;
CREATE INDEX backfills_trigger ON backfills (namespace, flow_id, trigger_id, created_at);

CREATE TABLE backfill_dates (
    backfill_id text COLLATE "C" NOT NULL REFERENCES backfills ON DELETE CASCADE,
    place integer NOT NULL,
    date timestamptz NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'WAITING',
    execution_id text COLLATE "C",
    PRIMARY KEY (backfill_id, place),
    UNIQUE (backfill_id, date)
);

CREATE INDEX backfill_dates_running ON backfill_dates (execution_id) WHERE state = 'RUNNING';

-- Flows that start after others, and what they have seen so far.
CREATE TABLE flow_triggers (
    namespace text COLLATE "C" NOT NULL,
    flow_id text COLLATE "C" NOT NULL,
    trigger_id text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (namespace, flow_id, trigger_id)
);

CREATE TABLE flow_windows (
    namespace text COLLATE "C" NOT NULL,
    flow_id text COLLATE "C" NOT NULL,
    group_id text COLLATE "C" NOT NULL,
    start_date timestamptz NOT NULL,
    end_date timestamptz NOT NULL,
    met text[] NOT NULL,
    PRIMARY KEY (namespace, flow_id, group_id)
);

-- State changes that triggers wait for, written with the change itself: none is lost, none is
-- told of that was rolled back. Entries [seen, reached) of the history are new.
CREATE TABLE transitions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    execution_id text COLLATE "C" NOT NULL,
    state text COLLATE "C",
    seen integer NOT NULL DEFAULT 0,
    reached integer NOT NULL DEFAULT 0
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);

CREATE FUNCTION note_transition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_heard boolean := EXISTS (SELECT 1 FROM tiercel.flow_triggers);
BEGIN
    IF is_heard OR (
        NEW.trigger_id IS NOT NULL
        AND NEW.state IN ('SUCCESS', 'WARNING', 'FAILED', 'KILLED', 'CANCELLED', 'RETRIED')
    ) THEN
        INSERT INTO tiercel.transitions (execution_id, state, seen, reached)
        VALUES (
            NEW.id,
            NEW.state,
            CASE WHEN is_heard
                THEN json_array_length(OLD.document -> 'state' -> 'histories') ELSE 0 END,
            CASE WHEN is_heard
                THEN json_array_length(NEW.document -> 'state' -> 'histories') ELSE 0 END
        );
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER note_transition AFTER UPDATE OF state ON executions FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.last_date IS DISTINCT FROM NEW.last_date)
    EXECUTE FUNCTION note_transition();

CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tiercel.transitions (execution_id) VALUES (OLD.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER note_deletion AFTER DELETE ON executions FOR EACH ROW
    WHEN (OLD.trigger_id IS NOT NULL)
    EXECUTE FUNCTION note_deletion();

-- Flows whose triggers were not looked at since they changed.
CREATE TABLE flow_changes (
    namespace text COLLATE "C" NOT NULL,
    flow_id text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (namespace, flow_id)
);

INSERT INTO flow_changes (namespace, flow_id, revision)
SELECT namespace, id, revision FROM flows WHERE NOT deleted;

CREATE FUNCTION note_flow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tiercel.flow_changes (namespace, flow_id, revision)
    VALUES (NEW.namespace, NEW.id, NEW.revision)
    ON CONFLICT (namespace, flow_id) DO UPDATE SET revision = excluded.revision;
    RETURN NULL;
END
$$;

CREATE TRIGGER note_new_flow AFTER INSERT ON flows FOR EACH ROW EXECUTE FUNCTION note_flow();
CREATE TRIGGER note_flow AFTER UPDATE OF revision ON flows FOR EACH ROW
    WHEN (OLD.revision <> NEW.revision)
    EXECUTE FUNCTION note_flow();
