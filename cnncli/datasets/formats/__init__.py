"""File formats that anybody may have written, read within bounds."""
