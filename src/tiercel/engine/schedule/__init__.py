"""Schedules as pure maths: dates of cron expressions, missed dates, conditions, windows."""
