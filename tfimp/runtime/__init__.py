"""What rewritten code calls at run time."""
