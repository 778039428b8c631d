"""Tasks that tell people: chat services and mail."""
