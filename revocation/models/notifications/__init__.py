"""Mails, webhooks and watchers."""
