"""Certificates: taken in, deployed, deleted, found in use."""
