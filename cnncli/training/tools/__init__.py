"""Training runs that serve a purpose of their own: smoke, verification, preview, conversion."""
