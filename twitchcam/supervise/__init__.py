"""Supervised runs: the command works in a child process, so that a crash of native code is told in words.

Decoders and networks are native code that meets files from anywhere. When they crash, or the system ends the
process because memory ran out, nothing in that process can say so. The parent here is small, decodes nothing,
and outlives it: it names the clip, has the clips after it measured, and returns an exit code that says what
happened.
"""
