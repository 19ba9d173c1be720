"""Bytes in, id out: pictures are checked, written anew and stored."""
