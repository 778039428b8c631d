"""Script tasks: commands and scripts of many languages, run by a task runner."""
