"""Task types that talk to SQL databases."""
