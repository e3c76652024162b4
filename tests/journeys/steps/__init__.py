"""What journeys have in common: how people get to pages, decide, and look."""
