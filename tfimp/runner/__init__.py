"""Run programs as `python` does, rewritten if they are marked: what `python -m tfimp` does."""

from tfimp.runner.command_line import main

__all__ = ["main"]
