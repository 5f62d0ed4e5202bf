"""Rewriting where a person types: at a prompt, in the cells of a notebook."""
