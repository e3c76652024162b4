"""What stands before a view: who may see it, limits, sizes, and how a refusal becomes a page."""
