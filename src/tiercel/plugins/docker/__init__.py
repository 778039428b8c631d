"""Tasks that run containers of Docker."""
