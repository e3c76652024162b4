"""Where the portal publishes proofs by itself (O1, `dns_auto` and `dns_proxy`): interface, registry, drivers. Pure."""
