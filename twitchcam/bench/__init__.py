"""How fast this machine is: the whole program, its stages, and what others would do, measured in turns."""
