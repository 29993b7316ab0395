"""What training minimizes and how: losses, optimizers, learning rate schedules, averages."""
