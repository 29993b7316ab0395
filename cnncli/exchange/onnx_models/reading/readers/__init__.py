"""What each operator of ONNX is here, found by scanning this folder."""
