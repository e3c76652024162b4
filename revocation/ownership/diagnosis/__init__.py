"""The diagnosis of why a proof was not found, and what to do about it."""
