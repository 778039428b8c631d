-- Folders of internal storage whose executions are deleted: their files go after the commit, and
-- what a crash left is found here.
CREATE TABLE stale_folders (
    uri text COLLATE "C" PRIMARY KEY
);

-- An execution that ended long ago holds no trigger any more: deleting many tells the schedulers nothing.
DROP TRIGGER note_deletion ON executions;
CREATE TRIGGER note_deletion AFTER DELETE ON executions FOR EACH ROW
    WHEN (
        OLD.trigger_id IS NOT NULL
        AND (OLD.end_date IS NULL OR OLD.end_date > now() - interval '1 day')
    )
    EXECUTE FUNCTION note_deletion();
