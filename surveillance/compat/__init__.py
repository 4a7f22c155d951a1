"""Faces of the systems that this one replaces: their names, parameters and files, with the engine beneath."""
