"""What the database refuses by itself: the guards (triggers), what each holds, and how they are kept in place."""
