-- lingers: the state is final, but what runs after it (afterExecution, listeners) is not over, and
-- neither is its hold on a slot of its flow.
ALTER TABLE executions ADD COLUMN lingers boolean NOT NULL DEFAULT false;

CREATE INDEX executions_lingering ON executions (namespace, flow_id) WHERE lingers;

DROP INDEX executions_slots;
CREATE INDEX executions_slots ON executions (namespace, flow_id, state, start_date, id)
    WHERE state IN ('RUNNING', 'PAUSED', 'RETRYING', 'KILLING', 'BREAKPOINT', 'QUEUED');
