# tfimp: eager
"""The loop of style transfer: an image changes until its features and Gram matrices fit."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(17)
random = np.random.RandomState(17)
SIZE = 8
content = tf.constant(random.rand(1, SIZE, SIZE, 3), tf.float32)
stripes = np.tile((np.arange(SIZE) % 2)[:, None, None], [1, SIZE, 3]).astype(np.float32)
style = tf.convert_to_tensor(stripes[np.newaxis])

filters = [tf.constant(0.3 * random.randn(3, 3, 3, 4), tf.float32),
           tf.constant(0.3 * random.randn(3, 3, 4, 6), tf.float32)]


def features(image):
    found = []
    x = image * 2 - 1
    for layer in filters:
        x = tf.nn.relu(tf.nn.conv2d(x, layer, strides=1, padding="SAME"))
        found.append(x)
        x = tf.nn.avg_pool2d(x, 2, 2, "SAME")
    return found


def gram(x):
    _, height, width, _ = x.shape
    return tf.einsum("bijc,bijd->bcd", x, x) / float(height * width)


wanted_style = [gram(f) for f in features(style)]
wanted_content = features(content)[-1]
image = tf.Variable(content)
momentum, scale = tf.zeros_like(image), tf.zeros_like(image)

for step in range(1, 11):
    with tf.GradientTape() as tape:
        found = features(image)
        style_loss = tf.add_n([tf.reduce_mean((gram(f) - w) ** 2)
                               for f, w in zip(found, wanted_style)])
        content_loss = tf.reduce_mean((found[-1] - wanted_content) ** 2)
        variation = tf.reduce_mean(tf.image.total_variation(image)) / SIZE ** 2
        loss = 10.0 * style_loss + content_loss + 0.01 * variation
    gradient = tape.gradient(loss, image)
    momentum = 0.9 * momentum + 0.1 * gradient
    scale = 0.99 * scale + 0.01 * gradient ** 2
    image.assign_sub(0.03 * (momentum / (1 - 0.9 ** step))
                     / (tf.sqrt(scale / (1 - 0.99 ** step)) + 1e-4))
    image.assign(tf.clip_by_value(image, 0.0, 1.0))
    if step % 5 == 0:
        print(f"step {step}: style {style_loss:.6f} content {content_loss:.6f} "
              f"variation {variation:.6f}")

rows = tf.reduce_mean(image, axis=[0, 2, 3])
print("rows", [f"{row:.3f}" for row in rows])
print(image.shape, tf.reduce_min(image).numpy() >= 0, tf.reduce_max(image).numpy() <= 1)
