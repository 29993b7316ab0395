"""The Python interface: networks and runs as objects. `import cnncli` offers its names."""
