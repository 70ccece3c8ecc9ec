"""The network: its architecture, first weights and traced program, and what is measured inside."""
