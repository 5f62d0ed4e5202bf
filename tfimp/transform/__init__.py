"""Source text in, code object out.

This half of tfimp knows nothing of TensorFlow: it finds the modules that are marked, rewrites
them and hands the code to Python.  It knows the other half, `tfimp.runtime`, only by the names
that it puts into the code (see `injected.py`).
"""
