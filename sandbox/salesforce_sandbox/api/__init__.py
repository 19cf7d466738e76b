"""The REST resources, one module for each family, as plain functions from a call to an answer."""
