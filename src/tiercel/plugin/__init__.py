"""The door for task authors: base classes, contexts, the registry of types, JSON schema."""
