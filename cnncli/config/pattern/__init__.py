"""The pattern language, INPUT-[CONV-RELU]*2-FC: tokens, grammar, reading and editing."""
