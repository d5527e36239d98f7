"""Measurements, run by hand: `uv run python -m benchmarks.NAME FILE`. Data files are arguments, never part of this."""
