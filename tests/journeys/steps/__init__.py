"""Steps that journeys share: how people get to pages, decide, and look at them."""
