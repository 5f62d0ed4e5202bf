"""What the names of TensorFlow 1 mean in code that runs as it is written.

A session returns values that are there already, an op stands for something that has been done, and
a graph is a set of variables and collections.
"""
