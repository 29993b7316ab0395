"""What cnn graph prints: a network as boxes, in text or markup."""
