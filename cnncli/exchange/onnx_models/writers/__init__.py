"""How each family of layers is written as operators of ONNX, found by scanning this folder."""
