"""Fetching published files: resumed, checked, never half-written."""
