"""Does the customer control this name? Pure probes: what to publish, how to look for it, what was seen
(route F3)."""
