"""The parts of a page, a file each; `whole.SECTIONS` lists them in their order."""
