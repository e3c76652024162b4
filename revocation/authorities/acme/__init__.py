"""Authorities that speak ACME (RFC 8555): Let's Encrypt and its like, and private ones.

Needs the extra `acme` (certbot's library). Keeps its own tables, the account's key and what it was told, and knows
nothing of the portal's.
"""
