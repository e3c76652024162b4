"""What the portal is measured against. `django_ca` runs in a virtual environment of its own (`scratch`)."""
