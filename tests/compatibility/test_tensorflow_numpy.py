"""`tf.experimental.numpy`: its functions are recorded as TensorFlow's other ones are.

What needs its behaviour enabled stands in `numpy_behavior.py`, for a process that has it.
"""

import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """
    import numpy as np
    import tensorflow as tf
    import tensorflow.experimental.numpy as tnp

    x = tf.constant([[1., 2.], [3., 4.]])
    n = tf.constant([3, 1, 2])
    v = tf.Variable([1., 2.])
"""

# Of the number `i`, an int, and `r`, a float, which vary: what is promoted to which dtype follows
# the types of Python's and NumPy's numbers, and shapes follow their values.
CALLS = [
    "tnp.dot(x, x * i)", "tnp.matmul(x, x)", "tnp.einsum('ij,jk->ik', x, x)", "tnp.multiply(v, r)",
    "tnp.add(x, i)", "tnp.add(n, i)", "tnp.add(n, r)", "tnp.multiply(x, True)", "tnp.add(i, r)",
    "tnp.add(x, np.float64(r))", "tnp.add(n, np.float32(r))", "tnp.power(n, i)", "tnp.sign(r)",
    "tnp.true_divide(n, 2)", "tnp.divide(i, 2)", "tnp.floor_divide(n, 2)", "tnp.divmod(n, 2)",
    "tnp.sum(x * r, axis=0, keepdims=True)", "tnp.mean(n)", "tnp.std(n)",
    "tnp.average(x, weights=x)",
    "tnp.where(x > r, x, r)", "tnp.where(x > r)", "tnp.nonzero(x > r)", "tnp.maximum(x, r)",
    "tnp.clip(x, 1, r)", "tnp.select([x > 1, x > r], [x, x * 2])", "tnp.isclose(x, r)",
    "tnp.arange(i)", "tnp.linspace(0, r, 5)", "tnp.logspace(0, i, 3)", "tnp.full([2, 2], r)",
    "tnp.full_like(x, i)", "tnp.zeros([i, 2])", "tnp.ones([2, 2]) * r", "tnp.eye(i + 1)",
    "tnp.array([x[0, 0], r, i])",
    "tnp.array([1, 2, i])", "tnp.asarray(np.arange(3.) * i)", "tnp.asarray(x) is x",
    "tnp.reshape(x, [-1])", "tnp.concatenate([x, [[r, 1]]], 0)", "tnp.stack([x, x])",
    "tnp.split(x, 2)", "tnp.meshgrid(n, n)", "tnp.tile(n, i)", "tnp.repeat(n, i)", "tnp.roll(n, i)",
    "tnp.pad(n, ((1, i),))", "tnp.take(x, n - 1)", "tnp.sort(n)", "tnp.cumsum(x, 0)",
    "tnp.ix_([0, 1], [1, i])", "tnp.diag_indices(i)", "tnp.array_equal(n, n)",
    "tnp.shape(x)", "tnp.ndim(x)", "tnp.size(x)", "tnp.isscalar(x)", "str(tnp.result_type(x, r))",
    "float(tnp.finfo(tnp.float32).eps)",
]


@pytest.mark.parametrize("call", CALLS)
def test_function(same_as_eager, call):
    same_as_eager(HEAD + f"""
    for i in range(1, 7):
        r = i + 0.5
        show({call})
    """, plans=False)


def test_gradients(same_as_eager):
    same_as_eager(HEAD + """
    for i in range(6):
        a = v * i
        loss = tnp.sum(tnp.square(a) * tnp.exp(-a)) + tnp.dot(a, a)
        show(loss, *tf.gradients(loss, [v, a]))
        with tf.GradientTape() as tape:
            loss = tnp.mean(tnp.log(v + i + 1))
        show(tape.gradient(loss, v))
    """)


def test_random_numbers(same_as_eager):
    same_as_eager(HEAD + """
    for i in range(6):
        tnp.random.seed(i)
        show(tnp.random.randn(2, 2) * i, tnp.random.uniform(0, i + 1, (2,)))
        show(tnp.random.randint(5, size=(3,)))
    """, plans=False)


def test_behavior_enabled():
    """In a process of its own: TensorFlow cannot take it back."""
    file = Path(__file__).with_name("numpy_behavior.py")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file],
        cwd=file.parents[2], capture_output=True, text=True, timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
