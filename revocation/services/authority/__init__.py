"""Sending revocation orders to the issuing authority, and checking that the revocation is published."""
