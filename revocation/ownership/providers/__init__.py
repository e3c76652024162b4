"""DNS providers where the portal itself publishes proofs (O1, `dns_auto` and `dns_proxy`). No Django here."""
