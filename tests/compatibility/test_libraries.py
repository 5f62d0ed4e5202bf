"""Libraries that take arrays get tensors."""


def test_pandas(same_as_eager):
    same_as_eager("""
        import pandas as pd
        import tensorflow as tf
        for k in range(3):
            x = tf.constant([1., 2., 4.]) * (k + 2.)
            table = pd.DataFrame({"a": x, "b": x * 2.})
            table["c"] = x + 1.
            print(table, table.dtypes, pd.Series(x).mean(), table[table["a"] > x[0]])
            show(table["a"].to_numpy() * x[1], tf.constant(table["c"]) * 2.)
            show(tf.reduce_sum(tf.convert_to_tensor(table[["a", "b"]]), 0), float(table["a"].sum()))
            try:
                table["a"] * x[1]
            except Exception as error:
                print(type(error).__name__)
    """, plans=False, runs=2)


def test_matplotlib(same_as_eager):
    same_as_eager("""
        import tensorflow as tf
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        figure = Figure()
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        x = tf.range(6.) * 0.5
        line, = axes.plot(x, tf.sin(x) * 2.)
        points = axes.scatter(x, x * x, c=x, s=x * 3.)
        image = axes.imshow(tf.reshape(x, [2, 3]) * 2.)
        counts, edges, _ = axes.hist(x, bins=3)
        bars = axes.bar(x, x + 1.)
        axes.set_xlim(x[0], x[-1])
        figure.canvas.draw()
        show(line.get_xydata(), points.get_offsets().data, image.get_array().data, counts, edges)
        show([bar.get_height() for bar in bars], axes.get_xlim())
    """, plans=False, runs=2)
