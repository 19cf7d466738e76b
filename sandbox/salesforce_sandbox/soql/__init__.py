"""Queries: text → syntax tree → parameterised SQLite."""
