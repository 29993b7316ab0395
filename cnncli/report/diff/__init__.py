"""What cnn diff prints: two networks beside each other."""
