"""Tensors that are not dense floating-point numbers, datasets and assertions."""


def test_strings(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        s = tf.constant(["a", "bc"])
        show(
            s + s,
            tf.strings.length(s),
            tf.strings.join([s, s], "-"),
            tf.strings.split(tf.constant(["a b", "c"])),
            s.numpy(),
            s[0].numpy().decode(),
            tf.strings.upper(s),
            tf.strings.as_string(tf.constant([1.5, 2.0])),
            s == "a",
            tf.strings.format("{}", tf.constant(1)),
        )
        show(f"{s[0]}", str(s[0].numpy()))
    """, plans=False, runs=3)


def test_ragged_and_sparse_tensors(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        r = tf.ragged.constant([[1.0, 2.0], [3.0]])
        show(
            r * 2,
            tf.reduce_sum(r, 1),
            r[0],
            r.to_tensor(),
            tf.concat([r, r], 0),
            r + r,
            tf.ragged.stack([tf.constant([1]), tf.constant([1, 2])]).to_list(),
        )
        s = tf.sparse.from_dense([[1.0, 0.0], [0.0, 2.0]])
        show(
            tf.sparse.to_dense(s),
            tf.sparse.sparse_dense_matmul(s, tf.ones([2, 1])),
            s.values,
            s.indices,
            tf.sparse.reduce_sum(s),
        )
        for row in r:
            show(row)
        show(r.row_splits, r.shape, r.values * 3)
    """, plans=False, runs=3)


def test_dtypes(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        for d in [
            "float16",
            "bfloat16",
            "float32",
            "float64",
            "int8",
            "uint8",
            "int16",
            "uint16",
            "int32",
            "uint32",
            "int64",
            "uint64",
            "complex64",
            "complex128",
            "bool",
        ]:
            a = tf.cast(tf.constant([0, 1, 2]), d)
            show(a)
            if d != "bool":
                show(a * a, a + 1, -a if not d.startswith("u") else a)
            show(tf.cast(a, tf.float32), a == a, a[1])
    """, plans=False, runs=3)


def test_dtype_promotion_errors(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        for a in ["float32", "float64", "int32", "int64", "bool"]:
            for b in ["float32", "float64", "int32", "int64", "bool"]:
                try:
                    show((tf.cast([1, 2], a) + tf.cast([1, 2], b)))
                except Exception as e:
                    show(type(e).__name__)
                try:
                    show((tf.cast([1, 2], a) * np.ones(2, b)))
                except Exception as e:
                    show(type(e).__name__)
                try:
                    show((np.ones(2, b) * tf.cast([1, 2], a)))
                except Exception as e:
                    show(type(e).__name__)
            for s in [1, 1.5, True, np.float64(1.5), np.int64(2), np.float32(1.5)]:
                try:
                    show((tf.cast([1, 2], a) + s))
                except Exception as e:
                    show(type(e).__name__)
                try:
                    show((s - tf.cast([1, 2], a)))
                except Exception as e:
                    show(type(e).__name__)
    """, plans=False, runs=3)


def test_complex_numbers(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        z = tf.complex([1.0, 2.0], [0.5, 1.0]) * 1
        show(
            z * z,
            tf.math.real(z),
            tf.math.conj(z),
            abs(z),
            tf.math.angle(z),
            tf.signal.fft(z),
            tf.signal.rfft([1.0, 2.0, 3.0, 4.0]),
            z / 2,
            z**2,
            tf.exp(z),
        )
    """, plans=False, runs=3)


def test_casts(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        show(
            tf.bitcast(tf.constant([1.0, 2.0]) * 1, tf.int32),
            tf.bitwise.bitwise_and(5, 3),
            tf.cast(tf.constant([1.7, -1.7]) * 1, tf.int32),
            tf.saturate_cast([300.0, -5.0], tf.uint8),
            tf.quantization.fake_quant_with_min_max_args([0.1, 0.7]),
        )
    """, plans=False, runs=3)


def test_datasets_as_sources(same_as_eager):
    same_as_eager("""
        import numpy as np
        import tensorflow as tf

        ds = (
            tf.data.Dataset.from_tensor_slices(np.arange(6, dtype="f"))
            .map(lambda x: x * 2)
            .batch(2)
            .prefetch(1)
        )
        v = tf.Variable(0.0)
        for e in range(2):
            for b in ds:
                v.assign_add(tf.reduce_sum(b))
                show(b, v)
        it = iter(ds)
        show(next(it), next(it) * 2)
        for b in ds.as_numpy_iterator():
            show(b)
        show(
            ds.reduce(0.0, lambda a, b: a + tf.reduce_sum(b)),
            list(ds.take(1)),
            ds.element_spec.shape.as_list(),
        )
        for i, b in enumerate(ds):
            show(b + i)
        x = tf.range(5.0) * 1
        for b in tf.data.Dataset.from_tensor_slices(x).shuffle(5, seed=1):
            show(b)


        def gen():
            for i in range(3):
                yield tf.constant(i) * 2


        for b in tf.data.Dataset.from_generator(
            gen, output_signature=tf.TensorSpec([], tf.int32)
        ):
            show(b)
    """, plans=False, runs=3)


def test_assertions(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        x = tf.constant([1.0, 2.0]) * 1
        tf.debugging.assert_equal(x, [1.0, 2.0])
        tf.debugging.assert_positive(x)
        tf.debugging.check_numerics(x, "m")
        tf.debugging.assert_shapes([(x, (2,))])
        tf.Assert(x[0] > 0, [x])
        tf.ensure_shape(x, [2])
        for i in range(4):
            try:
                tf.debugging.check_numerics(x / (i - 2.0), "bad")
                show("fine")
            except Exception as e:
                show(type(e).__name__)
            try:
                tf.debugging.assert_less(x * i, 5.0, message="m")
            except Exception as e:
                show(type(e).__name__)
    """, plans=False, runs=3)


def test_indexed_slices(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable(tf.ones([4, 2]))
        for i in range(4):
            with tf.GradientTape() as t:
                l = tf.reduce_sum(tf.gather(v, [0, 2, i, 0]) ** 2)
            g = t.gradient(l, v)
            show(isinstance(g, tf.IndexedSlices), tf.convert_to_tensor(g))
            v.assign_sub(0.1 * tf.convert_to_tensor(g))
            show(tf.linalg.global_norm([g]))
            tf.keras.optimizers.Adam(0.1).apply_gradients([(g, v)])
            show(v)
            if isinstance(g, tf.IndexedSlices):
                show(g.values, g.indices)
    """, plans=False, runs=3)
