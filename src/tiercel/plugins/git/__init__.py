"""Tasks over Git repositories."""
