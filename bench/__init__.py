"""Measurements. ``python -m bench`` prints the figures of docs/performance.md."""
