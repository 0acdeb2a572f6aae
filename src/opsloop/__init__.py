"""opsloop: operations history in, proven improvements out."""

__version__ = "0.1.0"
