"""The customers' pages: one file a subject. Each view reads, or makes one service call (L3, M3)."""
