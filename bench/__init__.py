"""`make bench`: the portal beside other programs, in turns and in one run. Nothing here is a test."""
