"""The parts of a page, a file each; `document.SECTIONS` lists them in their order."""
