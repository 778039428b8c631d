-- Secrets of namespaces. The value is encrypted by the server; name is the key in upper case, because
-- keys are found whatever their case.
CREATE TABLE secrets (
    namespace text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    description text,
    tags json NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (namespace, name)
);
