"""The verbs: the only functions that write state.

Every door (pages, admin, command line, worker) ends in one of them. Arguments after the ids are keyword-only: `by=`
says who acts, `at=` says when.
"""
