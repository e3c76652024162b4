"""The customer's verbs: filing a request, alone, together, assisted, or with the key."""
