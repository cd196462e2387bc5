"""The maths on one frame: from landmarks and pixels to displacements of the face's regions."""
