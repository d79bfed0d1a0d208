"""What moving a workspace to newer releases of its dependencies takes, told from facts of the mirrors before anything changes."""
