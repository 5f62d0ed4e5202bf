"""Programs in TensorFlow 1's style, run by tfimp and run in graph mode with a session."""

import collections
from textwrap import dedent

import differential
import numpy as np
import tensorflow.compat.v1 as v1

from tfimp.runtime.version_1.graph import current_graph

Pair = collections.namedtuple("Pair", "first second")


def marked(source, runs=1, **names):
    """What the program shows in its last run under tfimp; an error in any run is raised."""
    program = differential.Marked("import numpy as np\n" + dedent(source), Pair=Pair, **names)
    for _ in range(runs):
        current_graph().clear()
        outcome = program()
        if outcome.error is not None:
            raise outcome.error
    return outcome.shown


def graph_mode(build, run):
    """What `run(session, built)` returns for what `build()` makes in a graph of TensorFlow's."""
    with v1.Graph().as_default():
        v1.get_variable_scope().set_use_resource(True)
        built = build()
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            session.run(v1.local_variables_initializer())
            return run(session, built)


def single(*numbers):
    """An array of single precision; a scalar for one number."""
    return np.array(numbers if len(numbers) > 1 else numbers[0], np.float32)[()]


def assert_same(seen, expected):
    """Asserts that values shown are those of a session."""
    expected = differential._plain(expected)
    seen = [tuple(item) if isinstance(item, tuple) else item for item in seen]
    differential._assert_same(list(seen), list(expected), 1e-5, 1e-6, "value")
