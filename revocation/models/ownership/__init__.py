"""The proof that a customer controls a domain name, and the records that are published for it."""
