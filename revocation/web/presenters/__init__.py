"""What a page shows, computed from the model: progress, menu, open tasks. They change nothing."""
