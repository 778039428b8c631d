-- Templates: tasks that flows share. The revision with the highest number is the one in force; a
-- deletion is a revision of its own, so that executions under way find the one they began with.
CREATE TABLE templates (
    namespace text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    source text NOT NULL,
    definition json NOT NULL,
    description text,
    deleted boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (namespace, id, revision)
);
