"""Pure probes of control over a name: what to publish, how to look for it, what was seen (route F3)."""
