"""Work in processes of its own: each job a folder that outlives whoever started it, and whose turn it is."""
