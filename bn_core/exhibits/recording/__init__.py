"""Makes the runs that come with the app: trains each in a process of its own, and writes what the reader reads.

The reader, which needs none of this and no TensorFlow, is `bn_core.exhibits`.
"""
