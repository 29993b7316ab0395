"""The parts of a page, a file each; `html_document.SECTIONS` lists them in their order."""
