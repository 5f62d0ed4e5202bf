"""Benchmarks: `python -m benchmarks`.

A workload is a package in `benchmarks.workloads`; a mode is a way to run it (tfimp, TF2 eager,
tf.function, a plain graph, a peer).  A lane is a workload in one mode and has a process of its own.
"""
