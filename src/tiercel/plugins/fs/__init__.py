"""Tasks over file systems outside of internal storage."""
