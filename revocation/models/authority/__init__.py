"""The order to the CA, what the CA published about it, and the receipt."""
