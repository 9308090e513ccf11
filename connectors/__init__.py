"""Doors to outside systems: one file per product or protocol, found by `use: kind/product` in config.yaml."""
