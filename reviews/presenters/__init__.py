"""What a page of the desk shows, computed from the model."""
