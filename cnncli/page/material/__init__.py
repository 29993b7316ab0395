"""What the parts of a page show, chosen and computed: pictures, layers, filters, examples."""
