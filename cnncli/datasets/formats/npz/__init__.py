"""Arrays of images and labels in NumPy archives, whoever wrote them."""
