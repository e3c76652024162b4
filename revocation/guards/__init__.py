"""The guards (triggers): what the database refuses by itself, and how the guards are kept in place."""
