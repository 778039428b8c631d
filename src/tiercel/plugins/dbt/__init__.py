"""Tasks that run dbt."""
