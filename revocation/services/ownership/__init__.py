"""Proof that a customer owns each name, by hand and automatic."""
