"""What the pages are made of. Nothing in here imports TensorFlow or Keras, directly or through another module."""
