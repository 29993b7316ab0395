"""Drawings as SVG: charts, maps of numbers, networks. They know sizes and numbers, and no run."""
