"""Forms of the customers' pages."""
