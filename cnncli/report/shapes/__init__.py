"""What cnn shapes prints: the table of layers, explanations, JSON, annotations."""
