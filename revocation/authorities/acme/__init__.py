"""Authorities that speak ACME (RFC 8555): Let's Encrypt and its like, and private ones.

The driver needs the extra `acme` (certbot's library). It keeps its own tables, the account's key and what was asked
with it, and knows nothing of the portal's.
"""
