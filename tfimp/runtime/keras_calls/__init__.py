"""Calls of what Keras brings along as op calls: layers, losses, metrics and optimizers.

Keras is unmarked code: left alone it runs as Python, and the op calls that it makes on our tensors
are recorded one by one. A layer that Keras brings along is a function of its arguments and its
variables, though, once it is built; so it is recorded as one op call. A model that marked code
derives from `keras.Model` runs as Python, and the layers that it calls are recorded. All that tfimp
knows of Keras beyond its public interface stands in this package; tested with Keras 3.15.
"""


def record_keras_calls() -> None:
    """Has Keras record the calls that marked code makes."""
    # Keras takes seconds to import, and programs without it need not wait.
    from tfimp.runtime.keras_calls.installation import install

    install()
