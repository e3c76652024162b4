"""The certificate: its names, its family, where it is deployed, and where its status is published."""
