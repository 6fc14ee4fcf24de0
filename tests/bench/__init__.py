"""Benchmarks: ``python -m tests.bench`` (see NOTES.md for what was tried and what came)."""
