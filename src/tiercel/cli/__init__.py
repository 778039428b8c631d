"""Commands. They hold no rules of their own: use cases live in the services."""
