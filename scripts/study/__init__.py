"""What the studies share: their clips, a cache of rendered clips and recordings, measures, and tables.

The scripts beside this folder say what is asked; here is how it is done. Everything is drawn from the seeds
in `cases`, which no other script and no test uses.
"""
