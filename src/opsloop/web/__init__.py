"""The server: webhooks, the JSON API, what operates it, and the pages. Surfaces only translate; verbs do the work."""
