"""`python -m rusta` is the console script `rusta`."""

from rusta.cli.main import cli

if __name__ == "__main__":
    cli()
