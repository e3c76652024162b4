"""The proof that a customer controls a domain name, and the records published for it."""
