"""Telling the issuing authority, and seeing that the world can see it."""
