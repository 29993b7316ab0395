"""What a network costs: numbers, multiply-adds, memory, receptive fields, image sizes."""
