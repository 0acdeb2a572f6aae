"""Drives the real agent clients against a scripted model on loopback, and shows what that model received."""
