"""The user interface: state, caching, forms, components."""
