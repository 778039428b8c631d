"""Core types: flowables, logging, execution tasks, triggers and conditions."""
