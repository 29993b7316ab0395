"""A network out of an ONNX model: its operators become layers, and its constants their weights."""
