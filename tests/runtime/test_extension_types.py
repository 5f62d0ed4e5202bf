"""Classes of `tf.experimental.ExtensionType` that marked modules define."""

import pytest

CLASSES = """
        import typing
        import tensorflow as tf

        class Masked(tf.experimental.ExtensionType):
            values: tf.Tensor
            mask: tf.Tensor = True
            name: str = 'masked'
            others: typing.Tuple[tf.Tensor, ...] = ()
            named: typing.Mapping[str, typing.Optional[tf.Tensor]] = {}

            def total(self):
                return tf.reduce_sum(tf.where(self.mask, self.values, 0.))

            def __add__(self, other):
                return Masked(self.values + other.values, self.mask & other.mask)

        v = tf.Variable([1., 2., 3.])
"""


def test_fields_and_methods(same_as_eager):
    same_as_eager(CLASSES + """
        for _ in range(3):
            m = Masked(v * 2., [True, False, True], others=(v, v + 1.),
                       named={'a': v * 3., 'b': None})
            show(m.values, m.mask, m.name, list(m.others), m.named['a'], m.named['b'])
            show(m.total(), (m + m).total() * 2., isinstance(m.values, tf.Tensor))
            show(Masked(v * v).total(), tf.nest.flatten(m, expand_composites=True))
            v.assign_add(m.values)
    """, plans=False)


@pytest.mark.parametrize("field", [
    "values: tf.Tensor", "values: typing.Optional[tf.Tensor]", "values: tuple[tf.Tensor, int]",
    "values: 'tf.Tensor | None'", "values: list[tf.Tensor]", "values: set",
    "values: typing.Mapping[tf.Tensor, int]", "values: tf.Tensor = 'text'",
    "values: tf.RaggedTensor",
])
@pytest.mark.parametrize("value", ["v * 1.", "None", "(v, 2)", "tf.ragged.constant([[1]])"])
def test_annotations(same_as_eager, field, value):
    same_as_eager(f"""
        import typing
        import tensorflow as tf

        v = tf.Variable([1., 2.])
        try:
            class Holder(tf.experimental.ExtensionType):
                {field}

            show(tf.nest.flatten(Holder({value}), expand_composites=True))
        except Exception as error:
            show(type(error).__name__)
    """, plans=False, runs=2)


def test_in_functions_and_on_tapes(same_as_eager):
    same_as_eager(CLASSES + """
        doubled = tf.function(lambda m: (m + m).total() * 2.)
        negated = tf.function(lambda m: Masked(-m.values, m.mask))
        for _ in range(3):
            with tf.GradientTape(persistent=True) as tape:
                m = Masked(v * v, [True, False, True])
                y = m.total()
                z = doubled(m) * v[1] + doubled(m + Masked(v))
                w = negated(negated(m)).total() + tf.reduce_sum(m.values)
            show([tape.gradient(target, v) for target in (y, z, w)])
            v.assign_sub(0.1 * tape.gradient(z, v))
    """, plans=False)


def test_dispatch(same_as_eager):
    same_as_eager(CLASSES + """
        @tf.experimental.dispatch_for_api(tf.add, {'x': Masked, 'y': Masked})
        def add(x, y, name=None):
            return x + y

        @tf.experimental.dispatch_for_api(tf.multiply, {'x': tf.Tensor, 'y': Masked})
        def multiply(x, y, name=None):
            return Masked(x * y.values, y.mask)

        @tf.experimental.dispatch_for_unary_elementwise_apis(Masked)
        def elementwise(function, x):
            return Masked(function(x.values), x.mask)

        @tf.experimental.dispatch_for_api(tf.reduce_sum, {'input_tensor': Masked})
        def reduce_sum(input_tensor, axis=None, keepdims=False, name=None):
            return input_tensor.total()

        for _ in range(3):
            with tf.GradientTape() as tape:
                m = Masked(v * v, [True, False, True])
                y = tf.reduce_sum(tf.add(m, tf.multiply(v * 1., tf.exp(m)))) * v
            show(y, tape.gradient(y, v))
            v.assign_add([.1, .1, .1])
        for handler in (add, multiply, elementwise, reduce_sum):
            tf.experimental.unregister_dispatch_for(handler)
    """, plans=False)


def test_as_an_extension_type_of_batches(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        class Pair(tf.experimental.BatchableExtensionType):
            a: tf.Tensor
            b: tf.Tensor

        v = tf.Variable(2.)
        pairs = Pair(tf.range(4.) * 1., tf.ones([4]))
        for pair in tf.data.Dataset.from_tensor_slices(pairs).batch(2):
            with tf.GradientTape() as tape:
                y = tf.reduce_sum(pair.a * v + pair.b) * v
            show(y, tape.gradient(y, v))
        show(tf.map_fn(lambda pair: pair.a + pair.b, pairs, fn_output_signature=tf.float32))
    """, plans=False)
