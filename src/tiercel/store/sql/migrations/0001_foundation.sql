-- Flows: the head holds the latest revision, flow_revisions all of them.
-- A deletion is a revision of its own, so numbers are never used twice.
CREATE TABLE flows (
    namespace text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    source text NOT NULL,
    definition json NOT NULL,
    labels jsonb NOT NULL DEFAULT '[]',
    description text,
    disabled boolean NOT NULL DEFAULT false,
    deleted boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (namespace, id)
);

CREATE TABLE flow_revisions (
    namespace text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    source text NOT NULL,
    definition json NOT NULL,
    labels jsonb NOT NULL,
    description text,
    disabled boolean NOT NULL,
    deleted boolean NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (namespace, id, revision)
);

-- Executions: document is the whole header; the other columns are what is searched and sorted by.
-- Documents are json, not jsonb: the order of keys is the user's, and text may hold U+0000.
-- Room is left in the pages so that a change of the version alone touches no index.
CREATE TABLE executions (
    id text COLLATE "C" PRIMARY KEY,
    namespace text COLLATE "C" NOT NULL,
    flow_id text COLLATE "C" NOT NULL,
    flow_revision integer NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    state text COLLATE "C" NOT NULL,
    start_date timestamptz NOT NULL,
    end_date timestamptz,
    last_date timestamptz NOT NULL,
    kind text,
    parent_id text COLLATE "C",
    trigger_id text,
    trigger_execution_id text COLLATE "C",
    labels jsonb NOT NULL,
    document json NOT NULL
) WITH (fillfactor = 75);

CREATE INDEX executions_start ON executions (start_date, id);
CREATE INDEX executions_flow ON executions (namespace, flow_id, start_date, id);
CREATE INDEX executions_state ON executions (state, start_date, id);
CREATE INDEX executions_labels ON executions USING gin (labels jsonb_path_ops);
CREATE INDEX executions_children ON executions (trigger_execution_id)
    WHERE trigger_execution_id IS NOT NULL;

CREATE TABLE task_runs (
    execution_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    sequence integer NOT NULL,
    task_id text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    document json NOT NULL,
    PRIMARY KEY (execution_id, id)
) WITH (fillfactor = 75);

-- News that waits to be read; with due_at in the future it is a timer.
CREATE TABLE inbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    execution_id text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,
    news json NOT NULL,
    PRIMARY KEY (execution_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);

CREATE INDEX inbox_due ON inbox (due_at, id);

-- The outbox: jobs that were given out and are not over.
CREATE TABLE jobs (
    execution_id text COLLATE "C" NOT NULL,
    attempt_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    job json NOT NULL,
    PRIMARY KEY (execution_id, attempt_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);

-- Jobs live for a moment: compressing them costs more than it saves.
ALTER TABLE jobs ALTER COLUMN job SET STORAGE EXTERNAL;
CREATE INDEX jobs_unstarted ON jobs (created_at) WHERE started_at IS NULL;

-- Logs and metrics: a partition a day, made when it is needed, dropped by age.
CREATE TABLE logs (
    execution_id text COLLATE "C" NOT NULL,
    "timestamp" timestamptz NOT NULL,
    sequence integer NOT NULL,
    task_run_id text COLLATE "C" NOT NULL,
    namespace text COLLATE "C" NOT NULL,
    flow_id text COLLATE "C" NOT NULL,
    task_id text COLLATE "C",
    attempt_number integer,
    trigger_id text,
    level text COLLATE "C" NOT NULL,
    thread text NOT NULL,
    message text NOT NULL
) PARTITION BY RANGE ("timestamp");

CREATE TABLE logs_default PARTITION OF logs DEFAULT;
CREATE INDEX logs_execution ON logs (execution_id, "timestamp", sequence, task_run_id);
CREATE INDEX logs_time ON logs ("timestamp");

CREATE TABLE metrics (
    execution_id text COLLATE "C" NOT NULL,
    "timestamp" timestamptz NOT NULL,
    task_run_id text COLLATE "C" NOT NULL,
    namespace text COLLATE "C" NOT NULL,
    flow_id text COLLATE "C" NOT NULL,
    task_id text COLLATE "C" NOT NULL,
    type text NOT NULL,
    name text COLLATE "C" NOT NULL,
    value double precision NOT NULL,
    tags json
) PARTITION BY RANGE ("timestamp");

CREATE TABLE metrics_default PARTITION OF metrics DEFAULT;
CREATE INDEX metrics_execution ON metrics (execution_id, "timestamp");
CREATE INDEX metrics_name ON metrics (namespace, flow_id, name, "timestamp");

-- What the scheduler remembers of a trigger, whatever the revision of its flow.
CREATE TABLE triggers (
    namespace text COLLATE "C" NOT NULL,
    flow_id text COLLATE "C" NOT NULL,
    trigger_id text COLLATE "C" NOT NULL,
    evaluated_at timestamptz,
    next_date timestamptz,
    backfill json,
    stop_after text[] NOT NULL DEFAULT '{}',
    disabled boolean NOT NULL DEFAULT false,
    execution_id text COLLATE "C",
    evaluating_since timestamptz,
    worker_id text,
    updated_at timestamptz,
    PRIMARY KEY (namespace, flow_id, trigger_id)
);

CREATE INDEX triggers_due ON triggers (next_date) WHERE NOT disabled;
