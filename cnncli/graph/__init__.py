"""From a specification to a checked network: order, shapes, costs, and changes that repair it."""
