-- Packets of log entries and metrics that were written and may come once more: each is written once.
CREATE TABLE packets (
    id text COLLATE "C" PRIMARY KEY,
    sent_at timestamptz NOT NULL
);
