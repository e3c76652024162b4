"""The revocation request and what belongs to it: letters, evidence, case views."""
