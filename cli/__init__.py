"""The ``ontime`` command: one module per group of sub-commands, and :mod:`cli.app`, which puts them together.

A command imports the room that does its work when it is called, so that ``ontime --help`` answers at once.
"""
