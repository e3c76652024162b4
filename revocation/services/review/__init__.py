"""The reviewers' verbs: taking a case, what was shown, the decision."""
