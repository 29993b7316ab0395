"""ONNX: a network as operators in the order N, C, H, W, for any program that runs them."""
