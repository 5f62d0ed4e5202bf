import tensorflow as tf
v = tf.Variable(tf.constant([[0.1, -1.0, 3.0]]))
x = tf.clip_by_value(tf.reduce_logsumexp(tf.ones([2, 3])), -9., 9.)
with tf.GradientTape(persistent=True) as tape:
    truth = tf.constant([[1.5, -1.0, 3.0], [3.0, 0.5, -0.3]]) <= -0.2713
    y = v
g = tape.gradient(y, [v], unconnected_gradients='zero')
show(g, tape.gradient(truth, [v, x]))
