"""`make bench`: one line for each figure (name, value, unit). Ratios are taken in one run. Nothing here is a test."""
