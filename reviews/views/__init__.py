"""Our own pages in the admin: each makes one service call and draws what came of it."""
