"""OCSP (RFC 6960) of a local authority: reading questions, looking up, signing, and a stock of answers."""
