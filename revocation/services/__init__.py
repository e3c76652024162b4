"""The verbs. Every door (pages, admin, command line, worker) ends in one of these functions; they are the only
writers of state. Keyword-only after the ids, `by=` says who, `at=` when."""
