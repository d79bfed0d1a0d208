"""Print the result on the sealed pages: the verdict in a sentence, and the table."""

from rusta.core.output import print_plain, rendered
from rusta.evaluation import report
from rusta.evaluation.sealed import SealedReport


def show_verdict(found: SealedReport) -> None:
    """Print the verdict in a sentence, and the table, to stdout."""
    from rich.table import Table

    print_plain(f"{report.verdict(found)[1]}\n")
    table = Table(title=f"{found.pages} sealed pages, nats per token", title_justify="left", box=None, pad_edge=False)
    for heading, justify in (("", "left"), ("base", "right"), ("trained", "right"), ("change, 95 % interval", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for row in report.table_rows(found):
        table.add_row(*row)
    rendered(table)
