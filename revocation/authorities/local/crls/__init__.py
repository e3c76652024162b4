"""What a CRL lists, and where that stands in it."""
