"""`make bench`: a line a figure (name, value, unit). Ratios are taken in one run; nothing here is a test."""
