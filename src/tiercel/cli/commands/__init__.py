"""What commands there are and how they are called; the work is done by the modules beside."""
