"""The database as a part that may be old, slow or away, and what it can hold."""
