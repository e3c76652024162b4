"""The customers' pages: views, what they present, and the guards before them."""
