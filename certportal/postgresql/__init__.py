"""Django's PostgreSQL backend with bounds on every wait: settings.DATABASES names it as `certportal.postgresql`."""
