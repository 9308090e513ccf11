"""Flows of a machine hall, to measure the lanes with: as small as a flow can be, so that what is left is the engine."""
