"""The database as the portal uses it: values it can hold, many rows, connections, outages."""
