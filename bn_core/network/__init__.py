"""The network: its architecture, first weights and compiled form, and what is measured inside."""
