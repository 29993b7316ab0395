"""What people read: tables, progress, estimates."""
