"""Row files from and to other formats, always in streams."""
