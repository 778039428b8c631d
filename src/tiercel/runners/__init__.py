"""Task runners that ship with Tiercel: where the commands of script tasks run."""
