"""The figures: the table of rows, how they are written, and where the last ones are kept."""
