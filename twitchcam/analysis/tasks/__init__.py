"""The guided protocol: what its tasks take away from the rest, and what each of them shows."""
