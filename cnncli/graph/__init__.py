"""From a specification to a checked network: order, shapes, costs, and advice on misfits."""
