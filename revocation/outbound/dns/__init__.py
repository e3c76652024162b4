"""DNS from the wire up: resolver, authoritative servers, DNSSEC."""
