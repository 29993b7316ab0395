"""The report of a run as one page: figures drawn as SVG, and plain JavaScript that moves them."""
