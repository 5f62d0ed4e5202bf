"""The snippets of the README of 2017: as a marked script, as a module, and in a plain REPL."""

import importlib
import os
import re
import subprocess
import sys
from textwrap import dedent

import pytest
import tensorflow

import tfimp as tf

SNIPPETS = '''
    # tfimp: eager
    """The seed's snippets."""
    import numpy as np
    import tensorflow as tf

    x = tf.constant([[7.], [6]])
    y = tf.constant([[6., 7]])
    print("matmul", repr(tf.matmul(x, y)))

    x = tf.constant(10)
    y = tf.constant(32)
    print("printing", x + y)

    x = tf.constant(30)
    if x > 4:
        print("Greater than 4")

    x = tf.random_normal([3])
    y = x * 2
    while tf.global_norm([y]) < 1000:
        y = y * 2
    print("grown", tf.global_norm([y]) >= 1000, np.allclose(y / x, (y / x)[0], rtol=1e-4))

    x = tf.Variable(np.random.normal(size=[2, 2]), dtype=tf.float32)
    y = tf.constant([[1, 2.]])
    z = tf.matmul(y, x)
    print("variable", z)
    assert np.allclose(z, np.array([[1, 2.]]) @ x.numpy())

    x = tf.Variable(np.random.rand(1, 3))
    y = tf.exp(x)
    dy = tf.gradients(y, x)
    print("gradients", y, dy)
    assert len(dy) == 1 and np.allclose(y, dy[0])

    x = tf.Variable(tf.constant(1.0))
    for i in range(10):
        # Create a new training step
        with tf.new_step() as step:
            # Perform computation and variable updates
            step.run(tf.assign_sub(x, 0.1))
            assert np.allclose(tf.identity(x), 1.0 - (i + 1) * 0.1, atol=1e-6)
    print("steps done")
'''

ARRAY = r"\[\[ *-?[\d.e+-]+ +-?[\d.e+-]+( +-?[\d.e+-]+)? *\]\]"
EXPECTED = (
    r"matmul array\(\[\[42., 49.\],\n +\[36., 42.\]\], dtype=float32\)\n"
    r"printing 42\n"
    r"Greater than 4\n"
    r"grown True True\n"
    rf"variable {ARRAY}\n"
    rf"gradients {ARRAY} \[array\({ARRAY.replace(' +', ' *, *')}(, dtype=float64)?\)\]\n"
    r"steps done\n"
)


def run(*arguments, cwd, text=None):
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, input=text,
        capture_output=True, text=True, timeout=120, check=False,
    )
    return done.stdout, done.stderr, done.returncode


def test_marked_script(tmp_path):
    (tmp_path / "script.py").write_text(dedent(SNIPPETS).lstrip())
    out, err, code = run("-m", "tfimp", "script.py", cwd=tmp_path)
    assert code == 0, err
    assert re.fullmatch(EXPECTED, out), out


def test_module_imported_by_an_unmarked_program(tmp_path, monkeypatch, capsys):
    (tmp_path / "snippets_of_the_seed.py").write_text(dedent(SNIPPETS).lstrip())
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("snippets_of_the_seed")
    out = capsys.readouterr().out
    assert re.fullmatch(EXPECTED, out), out
    assert type(module.z).__module__ == "tfimp.runtime.tensor"
    assert type(tensorflow.constant(1.)).__name__ == "EagerTensor"


REPL = """
import tfimp as tf
import numpy as np
x = tf.constant([[7.], [6]])
y = tf.constant([[6., 7]])
tf.matmul(x, y)
x = tf.constant(10)
y = tf.constant(32)
print(x + y)
x + y
x = tf.constant(30)
if x > 4: print('Greater than 4')

x = tf.random_normal([3])
y = x * 2
while tf.global_norm([y]) < 1000: y = y * 2

bool(tf.global_norm([y]) >= 1000)
x = tf.Variable(np.array([[1., 2., 3.]]))
y = tf.exp(x)
dy = tf.gradients(y, x)
np.allclose(y, dy[0])
dy
x = tf.Variable(tf.constant(1.0))
for i in range(10):
    with tf.new_step() as step:
        _ = step.run(tf.assign_sub(x, 0.1))

tf.identity(x) < 1e-6
tf.placeholder(tf.float32)
"""

SHOWN = """\
array([[42., 49.],
       [36., 42.]], dtype=float32)
42
np.int32(42)
Greater than 4
True
True
[array([[ 2.71828183,  7.3890561 , 20.08553692]])]
np.True_
"""


def test_plain_repl(tmp_path):
    out, err, _ = run("-i", "-q", cwd=tmp_path, text=REPL)
    assert out == SHOWN, err
    assert "RuntimeError" in err and "pass the value itself" in err


def test_value_fetched_twice_is_the_same_and_what_is_computed_agrees(tier):
    for _ in range(4):
        x = tf.random_normal([3])
        y = x * 2
        assert str(x) == str(x)
        assert str(y) == str(x * 2)


def test_vector_grows_until_its_norm_is_large(tier):
    for _ in range(4):
        x = tf.random_normal([3])
        y = x * 2
        while tf.global_norm([y]) < 1000:
            y = y * 2
        assert 1000 <= float(tf.global_norm([y])) < 2001


def test_gradient_of_exp_is_exp(tier):
    for _ in range(4):
        x = tf.Variable([[0.1, 0.5, 0.9]])
        y = tf.exp(x)
        (dy,) = tf.gradients(y, x)
        assert str(dy) == str(y)


def test_gradient_of_mean(tier):
    for _ in range(4):
        x = tf.Variable([1., 2., 3., 4.])
        assert str(tf.gradients(tf.reduce_mean(x), x)[0]) == "[0.25 0.25 0.25 0.25]"


def test_gradient_through_a_python_loop(tier):
    for _ in range(4):
        x = tf.Variable(2.)
        y = tf.constant(1.)
        for _ in range(5):
            y = y * x
        assert float(tf.gradients(y, x)[0]) == 80.


def test_tensors_compare_with_numbers_and_choose_branches(tier):
    for _ in range(4):
        x = tf.constant(30)
        assert (x > 4) and not (x < 4)
        assert [k for k in range(4) if x > 10 * k] == [0, 1, 2]


def test_use_after_a_step(tier):
    for i in range(4):
        with tf.new_step():
            x = tf.constant([1., 2.]) * i
        y = x + 1
        with tf.new_step():
            z = y * x
        assert z.numpy().tolist() == [(i + 1) * i, (2 * i + 1) * 2 * i]


def test_names_of_tensorflow_1():
    for name in ("random_normal", "assign_sub", "global_norm", "random_uniform", "log", "to_float",
                 "truncated_normal", "assign", "assign_add", "get_variable", "gradients"):
        assert callable(getattr(tf, name)), name
    with pytest.raises(AttributeError):
        _ = tf.not_there
