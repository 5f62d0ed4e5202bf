"""Code of marked modules is known by the name that the rewriter gives the runtime in them."""

import differential
import pytest

from tfimp.runtime.marked_code import is_marked
from tfimp.transform.rewriter import compile_source

# What a module may say besides, and what the runtime is then called in it.
COMMENTS = {
    "": "_tfimp_",
    "# says _tfimp_": "_tfimp_1",
    "# says _tfimp_1": "_tfimp_2",
    "# says _tfimp_ and _tfimp_12": "_tfimp_2",
    "# says _tfimp_1 to _tfimp_2": "_tfimp_3",
}


@pytest.mark.parametrize("comment", COMMENTS)
def test_marked_module_is_known_whatever_the_rewriter_calls_the_runtime(comment):
    names = {"x": True}
    exec(compile_source(f"assert x  {comment}", "m.py"), names)
    assert COMMENTS[comment] in names
    assert is_marked(names)


def test_other_modules_are_not_taken_for_marked():
    assert not is_marked({})
    assert not is_marked(globals())


@pytest.mark.parametrize("comment", COMMENTS)
@pytest.mark.parametrize("call", [
    "tf.function(lambda x: x * 2.).get_concrete_function(tf.TensorSpec([2]))(np.float32([1., 2.]))",
    "layer(np.float32([2., 4.]))",
    "keras.Variable([1., 2.]) * 2.",
])
def test_what_marked_code_gets_of_calls_without_tensors_prints_its_value(cold, call, comment):
    outcome = differential.Marked(f"""
        import keras
        import numpy as np
        import tensorflow as tf
        layer = keras.layers.Activation("relu")
        layer.build([2])
        print({call})  {comment}
    """)()
    assert outcome.error is None
    assert outcome.printed == "[2. 4.]\n"
