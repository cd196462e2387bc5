"""The live session: the same front and back as for a file, on a camera's frames as they come."""
