"""The doctor: what is wrong on this machine, and how to mend it.

It must run where the rest does not, so everything here but `probe` needs the standard library only and reads
on any Python from 3.9. What may crash (libraries, decoders, the tracker, drivers) is tried by `probe` in
processes of its own. Nothing goes over the network, no camera is switched on unasked, and what is printed can
be pasted into a bug report: no user's name, no path of a home folder, no value of a variable that could hold
one.
"""
