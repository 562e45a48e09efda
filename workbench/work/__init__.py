"""Work in processes of its own: each job a folder that outlives whoever started it, and the order in which jobs go on."""
