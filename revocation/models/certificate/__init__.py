"""The certificate: names, chain, where it is deployed, and where its status is published."""
