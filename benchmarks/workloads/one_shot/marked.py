# tfimp: eager
"""300 different op calls, each made once, and their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[Any]

_chance = np.random.default_rng(5)


def _between(low: float, high: float, *shape: int) -> tf.Tensor:
    return tf.constant(_chance.uniform(low, high, shape).astype(np.float32))


def make() -> Callable[[int], list[list[Array]]]:
    """The inputs."""
    a, b = _between(0.1, 0.9, 4, 6), _between(0.1, 0.9, 4, 6)
    i = tf.constant(_chance.integers(1, 9, (4, 6)).astype(np.int32))
    j = tf.constant(_chance.integers(1, 9, (4, 6)).astype(np.int32))
    p, q = tf.constant([True, False, True]), tf.constant([True, True, False])
    d = tf.constant(_chance.uniform(0.1, 0.9, (3, 5)))
    z = tf.complex(a, b)
    m = _between(0.1, 0.9, 4, 4) + 4.0 * tf.eye(4)
    s = tf.matmul(m, m, transpose_b=True)
    x = _between(0.0, 1.0, 2, 8, 8, 3)
    k = _between(-0.5, 0.5, 3, 3, 3, 4)
    t = tf.constant(["one", "two", "three"])
    ids = tf.constant([0, 0, 1, 2])

    def run(iterations: int) -> list[list[Array]]:
        rounds = []
        for _ in range(iterations):
            made = elementary() + two_by_two() + whole_numbers() + reductions() + arrays()
            made += shapes() + algebra() + networks() + images() + others()
            rounds.append([value.numpy() for value in made])
        return rounds

    def elementary() -> list[tf.Tensor]:
        return [
            tf.abs(a), tf.acos(a), tf.acosh(a + 1.0), tf.asin(a), tf.asinh(a), tf.atan(a),
            tf.atanh(a), tf.math.bessel_i0(a), tf.math.bessel_i1(a), tf.math.ceil(a), tf.cos(a),
            tf.cosh(a), tf.math.digamma(a), tf.math.erf(a), tf.math.erfc(a), tf.math.erfinv(a),
            tf.math.erfcinv(a), tf.exp(a), tf.math.expm1(a), tf.floor(a), tf.math.is_finite(a),
            tf.math.is_inf(a), tf.math.is_nan(a), tf.math.lgamma(a), tf.math.log(a),
            tf.math.log1p(a), tf.math.log_sigmoid(a), tf.math.ndtri(a), tf.negative(a),
            tf.math.reciprocal(a), tf.math.rint(a), tf.round(a), tf.math.rsqrt(a), tf.sigmoid(a),
            tf.sign(a), tf.sin(a), tf.sinh(a), tf.math.softplus(a), tf.math.softsign(a), tf.sqrt(a),
            tf.square(a), tf.tan(a), tf.tanh(a), tf.math.special.fresnel_cos(a),
            tf.math.special.spence(a), tf.math.special.bessel_j0(a), tf.math.special.bessel_k0(a),
            tf.math.real(z), tf.math.imag(z), tf.math.conj(z), tf.math.angle(z),
            tf.math.reciprocal_no_nan(a), tf.math.special.bessel_y0(a), tf.identity(a),
        ]

    def two_by_two() -> list[tf.Tensor]:
        return [
            a + b, a - b, a * b, a / b, a // b, a % b, a**b, a < b, a >= b, tf.add_n([a, b]),
            tf.atan2(a, b), tf.math.betainc(a, b, 0.5 * a), tf.math.divide_no_nan(a, b),
            tf.equal(a, b), tf.not_equal(a, b), tf.math.igamma(a, b), tf.math.igammac(a, b),
            tf.maximum(a, b), tf.minimum(a, b), tf.math.multiply_no_nan(a, b),
            tf.math.nextafter(d, d), tf.math.polygamma(i_float(), a),
            tf.math.squared_difference(a, b), tf.math.xdivy(a, b), tf.math.xlog1py(a, b),
            tf.math.xlogy(a, b), tf.math.zeta(a + 1.0, b), tf.where(a < 0.5, a, b),
            tf.clip_by_value(a, 0.2, 0.6), tf.clip_by_norm(a, 1.0), tf.math.scalar_mul(2.0, a),
            tf.math.polyval([a, b], a), tf.math.lbeta(a), tf.math.approx_max_k(a, 2)[0],
            tf.logical_and(p, q), tf.logical_or(p, q), tf.math.logical_xor(p, q), tf.logical_not(p),
        ]

    def i_float() -> tf.Tensor:
        return tf.cast(i, tf.float32)

    def whole_numbers() -> list[tf.Tensor]:
        return [
            i + j, i - j, i * j, i // j, i % j, i / j, i < j, tf.bitwise.bitwise_and(i, j),
            tf.bitwise.bitwise_or(i, j), tf.bitwise.bitwise_xor(i, j), tf.bitwise.invert(i),
            tf.bitwise.left_shift(i, j), tf.bitwise.right_shift(i, j), tf.math.bincount(i[0]),
            tf.cast(i, tf.int64), tf.cast(i, tf.float64), tf.maximum(i, j), tf.minimum(i, j),
            tf.math.floordiv(i, j), tf.truncatediv(i, j), tf.truncatemod(i, j), tf.reduce_sum(i),
            tf.one_hot(i[0], 9), tf.saturate_cast(i, tf.int8),
            tf.math.confusion_matrix(i[0], j[0], 10), tf.math.in_top_k(i[:, 0] - 1, a, 2),
        ]

    def reductions() -> list[tf.Tensor]:
        return [
            tf.reduce_all(p), tf.reduce_any(p), tf.reduce_max(a), tf.reduce_mean(a),
            tf.reduce_min(a), tf.reduce_prod(a), tf.reduce_sum(a), tf.reduce_logsumexp(a),
            tf.math.reduce_std(a), tf.math.reduce_variance(a), tf.math.reduce_euclidean_norm(a),
            tf.math.count_nonzero(a), tf.argmax(a, 1), tf.argmin(a, 1), tf.cumsum(a, 1),
            tf.math.cumprod(a, 1), tf.math.cumulative_logsumexp(a, 1), tf.norm(a),
            tf.linalg.global_norm([a, b]), tf.math.l2_normalize(a, 1), tf.math.zero_fraction(a),
            tf.math.segment_max(a, ids), tf.math.segment_mean(a, ids), tf.math.segment_prod(a, ids),
            tf.math.segment_sum(a, ids), tf.math.unsorted_segment_max(a, ids, 3),
            tf.math.unsorted_segment_mean(a, ids, 3), tf.math.unsorted_segment_sum(a, ids, 3),
            tf.math.unsorted_segment_sqrt_n(a, ids, 3), tf.math.top_k(a, 2)[0],
            tf.nn.moments(a, [0])[0], tf.sort(a), tf.argsort(a), tf.unique(i[0])[0],
            tf.searchsorted(tf.sort(d), d),
        ]

    def arrays() -> list[tf.Tensor]:
        return [
            tf.boolean_mask(a[:3], p), tf.broadcast_to(a[0], [4, 6]), tf.concat([a, b], 0),
            tf.eye(3), tf.fill([2, 2], 1.5), tf.gather(a, ids), tf.gather_nd(a, [[0, 1], [2, 3]]),
            tf.linspace(0.0, 1.0, 5), tf.meshgrid(a[0], b[0])[0], tf.ones([2, 3]),
            tf.pad(a, [[1, 1], [0, 2]]), tf.range(7), tf.repeat(a, 2, 1), tf.reverse(a, [1]),
            tf.reverse_sequence(a, [1, 2, 3, 4], 1), tf.roll(a, 2, 1),
            tf.scatter_nd([[1]], [9], [4]), tf.sequence_mask([1, 3]), tf.slice(a, [0, 1], [2, 2]),
            tf.split(a, 2, 1)[0], tf.stack([a, b]), tf.strided_slice(a, [0, 0], [4, 6], [2, 3]),
            tf.tile(a, [2, 1]), tf.tensor_scatter_nd_add(a, [[0]], b[:1]),
            tf.tensor_scatter_nd_max(a, [[0]], b[:1]), tf.tensor_scatter_nd_update(a, [[0]], b[:1]),
            tf.unstack(a)[0], tf.zeros([2, 3]), tf.where(p), tf.dynamic_partition(a, ids, 3)[0],
            tf.dynamic_stitch([[0], [1]], [a[:1], b[:1]]),
            tf.batch_to_space(x, [2, 1], [[0, 0], [0, 0]]), tf.stop_gradient(a), a[1], a[:, 2],
            a[::2, 1:3], a[..., tf.newaxis],
        ]

    def shapes() -> list[tf.Tensor]:
        return [
            tf.expand_dims(a, 0), tf.rank(a), tf.reshape(a, [6, 4]), tf.shape(a), tf.size(a),
            tf.squeeze(a[:1]), tf.transpose(a), tf.shape_n([a, b])[0],
            tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]]),
        ]

    def algebra() -> list[tf.Tensor]:
        return [
            tf.matmul(a, b, transpose_b=True), m @ m, tf.linalg.matvec(m, a[:, 0]),
            tf.linalg.adjoint(m), tf.linalg.band_part(m, 1, 1), tf.linalg.cholesky(s),
            tf.linalg.cholesky_solve(tf.linalg.cholesky(m @ s @ tf.transpose(m)), a),
            tf.linalg.cross(a[:, :3], b[:, :3]), tf.linalg.det(m), tf.linalg.diag(a[0]),
            tf.linalg.diag_part(m), tf.linalg.eigvalsh(s), tf.linalg.expm(0.1 * m),
            tf.linalg.inv(m), tf.linalg.logdet(s), tf.linalg.lstsq(m, a),
            tf.linalg.matrix_transpose(m), tf.linalg.normalize(a)[0], tf.linalg.pinv(m),
            tf.linalg.set_diag(m, a[0, :4]), tf.linalg.slogdet(m)[1], tf.linalg.solve(m, a),
            tf.linalg.sqrtm(s), tf.linalg.svd(m, compute_uv=False), tf.linalg.tensor_diag(a[0]),
            tf.linalg.tensor_diag_part(m), tf.linalg.trace(m), tf.linalg.triangular_solve(m, a),
            tf.linalg.tridiagonal_matmul(b[:3, :4], a[:4, :4]), tf.tensordot(a, b, 2),
            tf.einsum("ij,kj->ik", a, b), tf.linalg.lu(m)[0],
        ]

    def networks() -> list[tf.Tensor]:
        y = tf.nn.conv2d(x, k, 1, "SAME")
        return [
            y, tf.nn.avg_pool2d(x, 2, 2, "VALID"), tf.nn.max_pool2d(x, 2, 2, "VALID"),
            tf.nn.batch_normalization(y, 0.1, 1.1, 0.0, 1.0, 1e-3), tf.nn.bias_add(y, a[0, :4]),
            tf.nn.conv1d(x[0], k[0], 1, "SAME"), tf.nn.conv2d_transpose(y, k, [2, 8, 8, 3], 1),
            tf.nn.crelu(a), tf.nn.depth_to_space(y, 2),
            tf.nn.depthwise_conv2d(x, k, [1, 1, 1, 1], "SAME"), tf.nn.elu(-a),
            tf.nn.embedding_lookup(a, ids), tf.nn.gelu(a), tf.nn.l2_loss(a), tf.nn.leaky_relu(-a),
            tf.nn.local_response_normalization(x), tf.nn.log_poisson_loss(a, b),
            tf.nn.log_softmax(a), tf.nn.relu(a - 0.5), tf.nn.selu(a),
            tf.nn.sigmoid_cross_entropy_with_logits(labels=a, logits=b), tf.nn.silu(a),
            tf.nn.softmax(a), tf.nn.softmax_cross_entropy_with_logits(labels=a, logits=b),
            tf.nn.space_to_depth(x, 2),
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=ids, logits=a),
            tf.nn.weighted_cross_entropy_with_logits(a, b, 2.0),
            tf.nn.dilation2d(x, k[..., 0], [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]),
            tf.nn.pool(x, [2, 2], "MAX", [1, 1]),
        ]

    def images() -> list[tf.Tensor]:
        return [
            tf.image.adjust_brightness(x, 0.1), tf.image.adjust_contrast(x, 0.5),
            tf.image.adjust_gamma(x, 0.9), tf.image.adjust_hue(x, 0.1),
            tf.image.adjust_saturation(x, 0.5), tf.image.central_crop(x, 0.5),
            tf.image.convert_image_dtype(x, tf.uint8), tf.image.crop_to_bounding_box(x, 1, 1, 4, 4),
            tf.image.extract_patches(x, [1, 3, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID"),
            tf.image.flip_left_right(x), tf.image.grayscale_to_rgb(x[..., :1]),
            tf.image.hsv_to_rgb(x), tf.image.image_gradients(x)[0],
            tf.image.pad_to_bounding_box(x, 1, 1, 10, 10), tf.image.per_image_standardization(x),
            tf.image.psnr(x, 0.9 * x, 1.0), tf.image.resize(x, [4, 4]),
            tf.image.rgb_to_grayscale(x), tf.image.rgb_to_hsv(x), tf.image.rgb_to_yuv(x),
            tf.image.rot90(x), tf.image.sobel_edges(x), tf.image.total_variation(x),
        ]

    def others() -> list[tf.Tensor]:
        return [
            tf.strings.length(t), tf.strings.to_hash_bucket_fast(t, 9),
            tf.strings.to_number(tf.strings.as_string(a)), tf.signal.fft(z), tf.signal.ifft(z),
            tf.signal.rfft(a), tf.signal.dct(a), tf.signal.hann_window(8), tf.signal.frame(a, 3, 1),
            tf.signal.overlap_and_add(a, 2), tf.signal.fftshift(a),
            tf.random.stateless_uniform([3], [1, 2]), tf.random.stateless_normal([3], [1, 2]),
            tf.bitcast(a, tf.int32), tf.quantization.fake_quant_with_min_max_args(a),
            tf.histogram_fixed_width(a, [0.0, 1.0], 5), tf.ensure_shape(a, [4, 6]),
        ]

    return run
