"""Driver for CAs without an interface."""
