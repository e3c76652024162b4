"""What staff see at /admin/: one file for each desk. Importing them registers them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from reviews.admin import blocked_keys, certificates, discrepancies, events, inventory, mails, orders, requests

__all__ = ["blocked_keys", "certificates", "discrepancies", "events", "inventory", "mails", "orders", "requests"]

admin.site.site_header = _("certportal – staff")
admin.site.site_title = _("certportal staff")
admin.site.index_title = _("Desks")
