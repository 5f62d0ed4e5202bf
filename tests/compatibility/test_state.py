"""Variables in every form, modules, checkpoints, tables and generators."""


def test_scattered_updates(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable(tf.zeros([4, 2]))
        for i in range(4):
            v.scatter_nd_add([[i]], [[1.0, 2.0]])
            v.scatter_nd_update([[0]], [[float(i), i * 2.0]])
            v.scatter_update(tf.IndexedSlices(tf.ones([1, 2]) * i, [1]))
            v.scatter_add(tf.IndexedSlices(tf.ones([1, 2]), [2]))
            v.batch_scatter_update(
                tf.IndexedSlices(tf.ones([4, 1]), tf.zeros([4, 1], tf.int32))
            ) if False else None
            v[3].assign([i * 1.0, 2.0])
            v[:, 0].assign(tf.ones([4]) * i)
            v[1:3, 1].assign_add([1.0, 1.0]) if False else None
            show(
                v, v.sparse_read([0, 1]), tf.gather(v, [1, 2]), tf.nn.embedding_lookup(v, [0, 3])
            )
    """, plans=False, runs=3)


def test_forms_of_variables(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        for i in range(3):
            v = tf.Variable(tf.ones([2]) * i, trainable=False, name="a", dtype=tf.float32)
            w = tf.Variable(lambda: tf.zeros([2]), shape=tf.TensorShape(None))
            show(
                v.assign(v + 1).assign_add([1.0, 1.0]),
                w.assign([[1.0]]),
                w.shape,
                v.trainable,
                v.name,
                v.assign(v * 2, read_value=False) is None,
            )
            u = tf.Variable(5)
            u.assign_add(1)
            u.assign_sub(2)
            show(u, u.value(), u == 4, u * 2, int(u), list(range(u)))
            s = tf.Variable("abc")
            s.assign("x")
            show(s)
            b = tf.Variable([True, False])
            b.assign(tf.logical_not(b))
            show(b)
            d = {"w": v}
            d["w"].assign_add([1.0, 1.0])
            show(d["w"], v.is_initialized())
            v2 = tf.Variable(v)
            v.assign_add([1.0, 1.0])
            show(v2, v)
    """, plans=False, runs=3)


def test_writes_around_an_error(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        v = tf.Variable(0.0)
        for i in range(6):
            try:
                v.assign_add(1.0)
                x = tf.reshape(tf.range(4), [i + 1, -1])
                v.assign_add(10.0)
            except tf.errors.InvalidArgumentError as e:
                v.assign_add(100.0)
            show(v)
    """, plans=False, runs=3)


def test_tables(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        t = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(["a", "b"]), tf.constant([1, 2])), -1
        )
        show(t.lookup(tf.constant(["a", "z"])), t[tf.constant(["b"])], t.size())
        m = (
            tf.lookup.experimental.MutableHashTable(tf.int64, tf.float32, 0.0)
            if hasattr(tf.lookup.experimental, "MutableHashTable")
            else None
        )
        d = tf.lookup.experimental.DenseHashTable(tf.int64, tf.float32, 0.0, -1, -2)
        for i in range(4):
            d.insert(tf.constant([i], tf.int64), tf.constant([i * 2.0]))
            show(d.lookup(tf.constant([0, 1, 2, 3], tf.int64)), d.size())
    """, plans=False, runs=3)


def test_generator(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        tf.random.set_seed(1)
        g = tf.random.Generator.from_seed(1)
        for i in range(5):
            show(g.normal([2]), g.uniform([1], 0, 10, tf.int32))
            x = g.normal([2]) * 2
            show(x)
        g2 = g.split(2)[0]
        show(g2.normal([1]), g.state)
    """, plans=False, runs=3)


def test_stateless_draws(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        tf.random.set_seed(1)
        for i in range(4):
            show(
                tf.random.stateless_normal([2], [i, 1]), tf.random.stateless_uniform([2], [1, 1])
            )
    """, plans=False, runs=3)


def test_draws_in_order(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        tf.random.set_seed(1)
        for i in range(5):
            show(
                tf.random.normal([2]),
                tf.random.uniform([2], 0, 5, tf.int32),
                tf.random.shuffle(tf.range(5)),
                tf.random.categorical([[0.0, 0.0]], 3),
                tf.random.truncated_normal([1]),
                tf.random.gamma([2], 1.0),
                tf.random.poisson([2], 3.0),
                tf.nn.dropout(tf.ones([4]), 0.5),
            )
        tf.random.set_seed(5)
        a = tf.random.normal([2], seed=3)
        tf.random.set_seed(5)
        b = tf.random.normal([2], seed=3)
        show(a, b)
    """, plans=False, runs=3)


def test_module_checkpoint(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        import tempfile, os


        class M(tf.Module):
            def __init__(self):
                super().__init__(name="m")
                self.w = tf.Variable([1.0, 2.0], name="w")
                self.l = [tf.Variable(3.0)]

            @tf.Module.with_name_scope
            def __call__(self, x):
                return tf.reduce_sum(self.w * x) + self.l[0]


        m = M()
        show(
            m(2.0),
            [v.name for v in m.variables],
            len(m.trainable_variables),
            [v.shape for v in m.variables],
        )
        c = tf.train.Checkpoint(m=m, step=tf.Variable(0))
        mgr = tf.train.CheckpointManager(c, tempfile.mkdtemp(), 2)
        for i in range(3):
            m.w.assign_add([1.0, 1.0])
            c.step.assign_add(1)
            p = mgr.save()
        m.w.assign([0.0, 0.0])
        show(m.w)
        c.restore(mgr.latest_checkpoint)
        show(m.w, c.step, m(1.0), os.path.basename(p))
    """, plans=False, runs=3)


def test_saved_model(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        import tempfile


        class M(tf.Module):
            def __init__(self):
                self.w = tf.Variable([1.0, 2.0])

            @tf.function(input_signature=[tf.TensorSpec([2])])
            def f(self, x):
                return self.w * x


        m = M()
        d = tempfile.mkdtemp()
        tf.saved_model.save(m, d)
        n = tf.saved_model.load(d)
        show(n.f(tf.constant([1.0, 2.0]) * 2), n.w)
    """, plans=False, runs=3)
