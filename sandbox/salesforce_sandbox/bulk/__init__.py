"""Bulk API 2.0 ingest: jobs, their CSV files, the worker that runs them and their results."""
