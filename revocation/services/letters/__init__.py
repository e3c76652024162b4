"""Letters and other evidence: taken in, inspected, stored, swept."""
