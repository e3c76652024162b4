"""The person behind a request to the admin, as the services need them (L1), found as on the customers' pages."""

from revocation.web.guards.access import actor as acting_user

__all__ = ["acting_user"]
