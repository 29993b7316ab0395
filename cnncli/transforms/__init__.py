"""Changes to images: augmentations in training, views in evaluation, and their pixels."""
