-- Executions that hold or wait for a slot of their flow: counted and released under the lock of the flow's row.
CREATE INDEX executions_slots ON executions (namespace, flow_id, state, start_date, id)
    WHERE state IN ('RUNNING', 'PAUSED', 'RETRYING', 'RESTARTED', 'KILLING', 'QUEUED');

-- Executions that a task run of another one started; batch is set for those of a ForEachItem.
-- A row that is not ended has a parent that is to be told of the end.
CREATE TABLE children (
    execution_id text COLLATE "C" NOT NULL,
    parent_id text COLLATE "C" NOT NULL,
    task_run_id text COLLATE "C" NOT NULL,
    attempt_id text COLLATE "C" NOT NULL,
    batch integer,
    outputs json,
    ended boolean NOT NULL DEFAULT false,
    PRIMARY KEY (execution_id, attempt_id)
);

CREATE INDEX children_parent ON children (parent_id, task_run_id);
