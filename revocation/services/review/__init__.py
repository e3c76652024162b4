"""The reviewers' verbs: assigning a case, what was shown, the decision."""
