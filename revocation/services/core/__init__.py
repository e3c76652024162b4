"""What every verb needs: locks, transitions, events, clocks, the orders of a family."""
