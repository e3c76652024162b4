"""Notifications: mails, webhooks, watchers."""
