"""`try` and `with` see the errors of the op calls of their bodies, no others, and in time."""

import threading
from textwrap import dedent

import pytest

from tfimp.runtime import attempts
from tfimp.runtime.thread import local
from tfimp.transform.rewriter import compile_source

# The index is an input of plans, so that the op call of a bad one is deferred like any other.
HEAD = """
    import contextlib
    import numpy as np
    import tensorflow as tf
    x = tf.constant([1., 2., 3.])
    INDICES = [0, 1, 2, 0, 7, 1, 7, 0]

    def pick(i):
        return tf.gather(x * 2, np.full(20, i)) + 1

    class Catching:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, traceback):
            print(kind.__name__ if kind else 'nothing')
            return kind is not None
    """

PROGRAMS = {
    "variable": """
        v = tf.Variable([1., 2.])
        for i in INDICES:
            try:
                v.assign_add([1., 1.])
                y = pick(i)[:2]
                v.assign(v * y)
            except tf.errors.InvalidArgumentError:
                print('caught')
            show(x + i)
        """,
    "else and finally": """
        for i in INDICES:
            try:
                y = pick(i)
            except tf.errors.InvalidArgumentError:
                print('caught')
            else:
                print('else')
                y = pick(1)
            finally:
                print('finally')
            show(x + i)
        """,
    "finally without handlers": """
        def f(i):
            try:
                y = pick(i)
                raise KeyError(i)
            finally:
                print('finally', i)
        for i in INDICES:
            try:
                f(i)
            except Exception as error:
                print(type(error).__name__)
            show(x + i)
        """,
    "return": """
        def f(i):
            try:
                return pick(i)
            except tf.errors.InvalidArgumentError:
                return None
        for i in INDICES:
            print('got', i, f(i) is None)
            show(x + i)
        """,
    "return of what has a name": """
        def f(i):
            try:
                y = pick(i)
                return y
            except tf.errors.InvalidArgumentError:
                return None
        for i in INDICES:
            print('got', i, f(i) is None)
            show(x + i)
        """,
    "break and continue": """
        for i in INDICES:
            while True:
                try:
                    y = pick(i)
                    if i: break
                    i = 1
                    continue
                except tf.errors.InvalidArgumentError:
                    print('caught')
                    i = 0
            show(y)
        """,
    "a loop that breaks at the end of the body": """
        for i in INDICES:
            try:
                for k in range(3):
                    y = pick(i)
                    if i in (k, 7): break
            except tf.errors.InvalidArgumentError:
                print('caught')
            show(x + i)
        """,
    "an error from before": """
        def f(i):
            y = pick(i)
            try:
                z = y * 2
            except tf.errors.InvalidArgumentError:
                print('wrong')
            with Catching():
                z = z + 1
            return z
        for i in INDICES:
            try:
                z = f(i)
            except tf.errors.InvalidArgumentError:
                print('caught')
            show(x + i)
        """,
    "nested": """
        for i in INDICES:
            try:
                try:
                    y = pick(i)
                except tf.errors.InvalidArgumentError:
                    print('inner')
                    y = pick(i)
                finally:
                    print('finally')
            except tf.errors.InvalidArgumentError:
                print('outer')
            show(x + i)
        """,
    "groups": """
        for i in INDICES:
            try:
                y = pick(i)
            except* tf.errors.InvalidArgumentError:
                print('caught')
            show(x + i)
        """,
    "generator": """
        def values():
            for i in INDICES:
                try:
                    yield pick(i)
                except tf.errors.InvalidArgumentError:
                    print('caught')
        for y in values():
            print('next')
            show(y)
        """,
    "an error of the one who asks a generator": """
        def numbers():
            for i in INDICES:
                try:
                    y = x * float(i)
                    yield i
                except tf.errors.InvalidArgumentError:
                    print('wrong')
        try:
            for i in numbers():
                y = pick(i)
                if i != 7: show(y)
        except tf.errors.InvalidArgumentError:
            print('caught')
        show(x + 1)
        """,
    "coroutine": """
        import asyncio
        async def f(i):
            try:
                await asyncio.sleep(0)
                async with contextlib.AsyncExitStack():
                    return pick(i)
            except tf.errors.InvalidArgumentError:
                print('caught')
        for i in INDICES:
            asyncio.run(f(i))
            show(x + i)
        """,
    "suppress": """
        for i in INDICES:
            with contextlib.suppress(tf.errors.InvalidArgumentError):
                y = pick(i)
                if i == 7: continue
                print('fine')
            show(x + i)
        """,
    "a manager of its own": """
        def f(i):
            with Catching(), tf.name_scope('a'):
                return pick(i)
        for i in INDICES:
            print(f(i) is None)
            show(x + i)
        """,
    "a generator as manager": """
        @contextlib.contextmanager
        def swallowing():
            try:
                yield
            except tf.errors.InvalidArgumentError:
                print('swallowed')
        for i in INDICES:
            with swallowing():
                y = pick(i)
            print('after')
            show(x + i)
        """,
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_an_error_is_caught_where_eager_mode_catches_it(same_as_eager, what):
    same_as_eager(dedent(HEAD) + dedent(PROGRAMS[what]))


def run(source, **names):
    exec(compile_source(source, "program.py"), names)
    return names


@pytest.mark.parametrize("most", [0, 1, 4])
@pytest.mark.parametrize("program", PROGRAMS)
def test_an_error_is_caught_at_more_places_than_are_remembered(
    same_as_eager, monkeypatch, program, most
):
    for known in ("_records", "_passed"):
        monkeypatch.setattr(attempts, known, {})
    monkeypatch.setattr(attempts, "MOST_SITES", most)
    for _ in range(2):  # each time in another file, so at other places
        same_as_eager(dedent(HEAD) + dedent(PROGRAMS[program]), plans=False, runs=2)
    assert len(attempts._records) <= most
    assert len(attempts._passed) <= most


@pytest.fixture
def plans(hot, monkeypatch):
    """Runs a function until plans carry it out; how many plans a last call then runs."""
    import tfimp

    def count(function, *args):
        for _ in range(5):
            function(*args)
        before = tfimp.stats().plans_run
        function(*args)
        return tfimp.stats().plans_run - before

    return count


@pytest.mark.parametrize("statement", [
    "try: d['a']\n    except KeyError: pass",
    "with tf.name_scope('a'): y = y + 1",
    "with tf.device('cpu:0'): y = y + 1",
    "with nullcontext(): y = y + 1",
    "with lock: d['a']",
])
def test_a_segment_goes_across_what_records_nothing_or_catches_nothing(plans, statement):
    names = run(f"""
import tensorflow as tf
from contextlib import nullcontext
x = tf.constant([1., 2.])
def f(d, lock):
    y = x * 2
    {statement}
    return (y + 1).numpy()
""")
    assert plans(names["f"], {"a": 1}, threading.Lock()) == 1
    assert plans(names["f"], {"a": 1}, threading.Lock()) == 1


def test_a_write_is_carried_out_while_the_lock_is_held(plans):
    seen = []

    class Lock:
        def __enter__(self):
            pass

        def __exit__(self, *_):
            seen.append(local.segment.cursor.depth)

    names = run("""
import tensorflow as tf
v = tf.Variable(1.)
def f(lock):
    with lock:
        v.assign_add(1.)
    return v.numpy()
""")
    assert plans(names["f"], Lock()) >= 1
    assert seen == [0] * 6  # nothing waits in the open segment
