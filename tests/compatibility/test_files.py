"""Files and summaries, which are written and read where the program says so."""

import glob
import os

import pytest
import tensorflow


@pytest.fixture
def folder(tmp_path):
    """Makes folders: each run of a program takes one of its own."""
    numbers = iter(range(100))
    return lambda: str(tmp_path / str(next(numbers)))


def print_summaries(folder):
    """Prints what has been written to a folder, in the order in which it was."""
    for path in sorted(glob.glob(os.path.join(folder, "events*"))):
        for record in tensorflow.data.TFRecordDataset(path).as_numpy_iterator():
            event = tensorflow.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                array = tensorflow.make_ndarray(value.tensor)
                print(event.step, value.tag, value.simple_value, array.dtype, array)


def test_what_is_written_is_read(same_as_eager, folder):
    same_as_eager("""
        import tensorflow as tf

        path = folder()
        v = tf.Variable(0.0)
        for i in range(5):
            v.assign_add(1.0)
            x = tf.constant([1.0, 2.0]) * v
            tf.io.write_file(path, tf.io.serialize_tensor(x))
            y = tf.io.parse_tensor(tf.io.read_file(path), tf.float32) + 1.0
            tf.io.write_file(path, tf.strings.as_string(v))
            with open(path) as file:
                print(file.read())
            with open(path, "w") as file:
                file.write(f"{i}")
            z = tf.strings.to_number(tf.io.read_file(path)) * 2.0
            show(x, y, z, v)
    """, folder=folder)


def test_reads_that_wait_see_what_was_there(same_as_eager, folder):
    same_as_eager("""
        import tensorflow as tf

        path = folder()
        found = []
        for i in range(6):
            tf.io.write_file(path, tf.strings.join([tf.strings.as_string(i), "!"]))
            found.append(tf.io.read_file(path) + "?")
            tf.io.gfile.remove(path)
            print(tf.io.gfile.exists(path))
        show(found)
    """, folder=folder)


def test_files_that_are_not_there(same_as_eager, folder):
    same_as_eager("""
        import tensorflow as tf

        path = folder()
        v = tf.Variable(0.0)
        for i in range(5):
            v.assign_add(1.0)
            try:
                text = tf.io.read_file(path)
                v.assign_add(10.0)
                show(text)
            except tf.errors.NotFoundError:
                print("not there")
            if i == 2:
                tf.io.write_file(path, "there")
            show(v, tf.size(tf.io.matching_files(path + "*")))
    """, folder=folder)


def test_files_of_python_and_of_gfile(same_as_eager, folder):
    same_as_eager("""
        import tensorflow as tf

        path = folder()
        tf.io.gfile.makedirs(path)
        for i in range(4):
            name = tf.strings.join([path, "/", tf.strings.as_string(i)])
            tf.io.write_file(name, "a" * i)
            print(tf.io.gfile.exists(name.numpy().decode()), len(tf.io.gfile.glob(path + "/*")))
            with tf.io.gfile.GFile(path + "/g", "a") as file:
                file.write(f"{tf.constant(1.0) * i};")
            with tf.io.gfile.GFile(path + "/g") as file:
                print(file.read())
            tf.print("x", tf.ones([2]) * i, output_stream="file://" + path + "/p")
            with open(path + "/p") as file:
                print(file.read())
    """, folder=folder)


def test_records(same_as_eager, folder):
    same_as_eager("""
        import tensorflow as tf

        path = folder()


        def example(x, number):
            feature = {
                "x": tf.train.Feature(float_list=tf.train.FloatList(value=x)),
                "n": tf.train.Feature(int64_list=tf.train.Int64List(value=[number])),
                "t": tf.train.Feature(
                    bytes_list=tf.train.BytesList(value=[tf.io.serialize_tensor(x).numpy()])
                ),
            }
            return tf.train.Example(features=tf.train.Features(feature=feature))


        spec = {
            "x": tf.io.FixedLenFeature([2], tf.float32),
            "n": tf.io.FixedLenFeature([], tf.int64),
            "t": tf.io.FixedLenFeature([], tf.string),
            "m": tf.io.FixedLenFeature([], tf.int64, 7),
        }
        for epoch in range(2):
            with tf.io.TFRecordWriter(path) as writer:
                for i in range(4):
                    x = tf.constant([1.0, 2.0]) * (i + epoch)
                    writer.write(example(x, i).SerializeToString())
            total = tf.zeros([2])
            for record in tf.data.TFRecordDataset(path):
                parsed = tf.io.parse_single_example(record, spec)
                total += parsed["x"] * tf.cast(parsed["n"], tf.float32)
                total += tf.io.parse_tensor(parsed["t"], tf.float32)
                show(parsed["m"])
            show(total)
            for batch in tf.data.TFRecordDataset(path).batch(2):
                parsed = tf.io.parse_example(
                    batch,
                    {"x": tf.io.VarLenFeature(tf.float32), "n": tf.io.RaggedFeature(tf.int64)},
                )
                show(tf.sparse.to_dense(parsed["x"]) * 2.0, parsed["n"].to_tensor())
    """, runs=3, folder=folder)


def test_codecs(same_as_eager):
    same_as_eager("""
        import tensorflow as tf

        for i in range(4):
            image = tf.cast(tf.reshape(tf.range(12), [2, 2, 3]) * i, tf.uint8)
            show(tf.io.decode_png(tf.io.encode_png(image)), tf.image.flip_left_right(image))
            show(tf.io.decode_image(tf.io.encode_jpeg(image)), tf.image.resize(image, [4, 4]).shape)
            show(tf.io.decode_base64(tf.io.encode_base64(tf.strings.as_string(i))))
            show(tf.io.decode_raw("abcd", tf.uint8) * 2, tf.io.decode_csv("1,2.5", [[0], [0.0]]))
            show(tf.io.serialize_tensor(image * 2), tf.io.decode_compressed("x"))
    """)


def test_summaries_are_written_in_order(same_as_eager, folder):
    same_as_eager("""
        import tensorflow as tf

        paths = [folder(), folder()]
        writers = [tf.summary.create_file_writer(path) for path in paths]
        w = tf.Variable([1.0, 2.0])
        print(tf.summary.write("nowhere", w, step=1))
        for i in range(5):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w)
                with writers[0].as_default(step=i):
                    tf.summary.write("loss", loss)
                    tf.summary.write("w", lambda: w * 2.0)
            gradient = tape.gradient(loss, w)
            w.assign_sub(0.1 * gradient)
            with writers[i % 2].as_default(), tf.name_scope("scope"):
                print(tf.summary.write("gradient", gradient, step=tf.constant(i, tf.int64) * 2))
                w.assign_add([1.0, 1.0])
                with tf.summary.experimental.summary_scope("inner", values=[w]) as (tag, _):
                    tf.summary.write(tag, w, step=i)
        for writer, path in zip(writers, paths):
            writer.close()
            print_summaries(path)
        show(w)
    """, folder=folder, print_summaries=print_summaries)


def test_condition_of_summaries_may_be_a_tensor(same_as_eager, folder):
    same_as_eager("""
        import tensorflow as tf

        path = folder()
        step = tf.Variable(0, dtype=tf.int64)
        tf.summary.experimental.set_step(step)
        with tf.summary.create_file_writer(path).as_default() as writer:
            for i in range(6):
                x = tf.cast(step, tf.float32) * 2.0
                with tf.summary.record_if(lambda: tf.equal(step % 2, 0)):
                    print(tf.summary.write("callable", x))
                    print(bool(tf.summary.should_record_summaries()))
                with tf.summary.record_if(x > 4.0):
                    print(tf.summary.write("tensor", x + 1.0))
                with tf.summary.record_if(i > 2):
                    tf.summary.write("boolean", x + 2.0)
                step.assign_add(1)
                print(tf.summary.experimental.get_step().numpy())
        tf.summary.experimental.set_step(None)
        writer.close()
        print_summaries(path)
    """, folder=folder, print_summaries=print_summaries)


def test_summaries_that_fail(same_as_eager, folder):
    same_as_eager("""
        import tensorflow as tf

        path = folder()
        writer = tf.summary.create_file_writer(path)
        for i in range(4):
            x = tf.constant([1.0, 2.0]) * i
            with writer.as_default():
                for write in (
                    lambda: tf.summary.write("no step", x),
                    lambda: tf.summary.write("bad", tf.debugging.check_numerics(x / 0.0, "x"), i),
                    lambda: tf.summary.write("good", x, i),
                ):
                    try:
                        print(write())
                    except Exception as error:
                        print(type(error).__name__)
        writer.close()
        print_summaries(path)
        with writer.as_default():
            tf.summary.write("late", x, step=9)
    """, plans=False, folder=folder, print_summaries=print_summaries)
