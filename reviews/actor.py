"""The person behind a request to the admin, as the services want to know them (L1): who customers' pages say it is."""

from revocation.web.guards.access import actor as acting_user

__all__ = ["acting_user"]
