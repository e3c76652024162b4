"""System checks: a wrong setting is found by `manage.py check` and says what to do."""
