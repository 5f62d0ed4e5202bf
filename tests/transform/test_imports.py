"""Imports of TensorFlow bind tfimp's namespace, in the scope and in the order of the source."""

from __future__ import annotations

import pytest

from tfimp.transform.rewriter import compile_source

from .helpers import check, check_unchanged


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import tensorflow as tf", "tf = _tfimp_.import_module('tensorflow')"),
        (
            "import tensorflow.compat.v1 as tf",
            "tf = _tfimp_.import_module('tensorflow.compat.v1')",
        ),
        ("import tensorflow", "tensorflow = _tfimp_.import_module('tensorflow', top=True)"),
        (
            "import tensorflow.keras.layers",
            "tensorflow = _tfimp_.import_module('tensorflow.keras.layers', top=True)",
        ),
        (
            "import os, tensorflow as tf, sys, re",
            "import os\ntf = _tfimp_.import_module('tensorflow')\nimport sys, re",
        ),
        (
            "from tensorflow import nn as n, math",
            "n = _tfimp_.import_name('tensorflow', 'nn')\n"
            "math = _tfimp_.import_name('tensorflow', 'math')",
        ),
        ("import keras", "keras = _tfimp_.import_module('keras', top=True)"),
        ("import keras.layers as l", "l = _tfimp_.import_module('keras.layers')"),
        ("from keras import ops", "ops = _tfimp_.import_name('keras', 'ops')"),
        (
            "from tensorflow.keras.layers import Dense",
            "Dense = _tfimp_.import_name('tensorflow.keras.layers', 'Dense')",
        ),
        (
            "from tensorflow.compat import v1 as tf",
            "tf = _tfimp_.import_name('tensorflow.compat', 'v1')",
        ),
        ("from tensorflow import *", "_tfimp_.import_star('tensorflow', globals())"),
        (
            "from tensorflow import nn, python, core",
            "nn = _tfimp_.import_name('tensorflow', 'nn')\nfrom tensorflow import python, core",
        ),
    ],
)
def test_import(source: str, expected: str) -> None:
    check(source, expected)


@pytest.mark.parametrize(
    "source",
    [
        "import tensorflow.python.framework.ops",
        "from tensorflow.python.ops import math_ops",
        "from tensorflow.core.framework import graph_pb2",
        "import tensorflow.lite.python.lite as lite",
        "import tensorflow._api.v2",
        "from .tensorflow import nn",
        "from . import tensorflow",
        "import tensorflow_probability as tfp",
        "import os.path as p",
    ],
)
def test_private_modules_and_others_are_left_alone(source: str) -> None:
    check_unchanged(source)


def test_wherever_an_import_may_stand() -> None:
    check(
        """
        try:
            import tensorflow as tf
        except ImportError:
            tf = None
        class C:
            from tensorflow import nn
        def f():
            global tf
            import tensorflow as tf
        """,
        """
        try:
            tf = _tfimp_.import_module('tensorflow')
        except ImportError:
            tf = None
        class C:
            nn = _tfimp_.import_name('tensorflow', 'nn')
        def f():
            global tf
            tf = _tfimp_.import_module('tensorflow')
        """,
    )


@pytest.mark.parametrize("scope", ["def f():", "class C:"])
def test_a_star_import_that_python_refuses_is_refused(scope: str) -> None:
    with pytest.raises(SyntaxError, match="import \\* only allowed at module level"):
        compile_source(f"{scope}\n from tensorflow import *", "m.py")


def test_a_star_import_below_module_level_but_in_its_scope() -> None:
    check(
        "if True:\n    from tensorflow import *",
        "if True:\n    _tfimp_.import_star('tensorflow', globals())",
    )
