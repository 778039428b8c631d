"""Row files: rows as Amazon Ion text, and what values become in JSON."""
