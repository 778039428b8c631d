-- A job may be in the hands of the process that gave it out, without a word on the bus: that process is its holder.
ALTER TABLE jobs ADD COLUMN holder text COLLATE "C";
CREATE INDEX jobs_held ON jobs (holder) WHERE holder IS NOT NULL;

-- Ends the statement, and with it everything it wrote, when a step does not own what it writes to.
CREATE FUNCTION refuse_step() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a step was written to an execution that it does not own' USING ERRCODE = 'TC001';
END
$$;
