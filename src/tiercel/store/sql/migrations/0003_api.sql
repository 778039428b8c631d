-- Settings that are made at run time and shared by all servers: the login, the key of sessions.
CREATE TABLE settings (
    name text COLLATE "C" PRIMARY KEY,
    value json NOT NULL
);

-- API tokens: only a hash is kept, the token itself is shown once.
CREATE TABLE api_tokens (
    hash bytea PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Dashboards: the source as it was written; title and description are for lists.
CREATE TABLE dashboards (
    id text COLLATE "C" PRIMARY KEY,
    title text NOT NULL,
    description text,
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
