"""Hostile data files: mutations, the ways into the program that they take, and the judgement on each run."""
