"""The edges: each module wraps one outside library and hands over the package's own carriers."""
