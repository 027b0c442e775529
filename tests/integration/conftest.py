from support.stack import stack  # noqa: F401 (a fixture)
