"""From measurement and answers to patterns and advice, by open, cited rules."""
