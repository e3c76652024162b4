"""Who is told: mails, webhooks, watchers."""
