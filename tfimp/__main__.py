"""`python -m tfimp`."""

from tfimp.runner import main

# Nothing may follow: from here on, this module's namespace is the user's script's.
main()
