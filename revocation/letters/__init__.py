"""Letters: untrusted bytes become facts and pictures (`inspection`); facts, a PDF to sign (`template`)."""
