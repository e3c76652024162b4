"""Cheap checks of a file's outer form, before anything is decoded. Their cost grows only with its bytes."""
