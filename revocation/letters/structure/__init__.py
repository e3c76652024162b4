"""Cheap looks at a file's outer form, before anything is decoded: no more costly than its bytes."""
