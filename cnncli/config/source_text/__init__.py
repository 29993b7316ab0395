"""The YAML text: safe reading with positions and budgets, writing, editing in place."""
