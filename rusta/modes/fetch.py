"""mode=fetch: download the weights, once, and verify them. The only mode that downloads."""

from dataclasses import dataclass

from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output, print_plain, tell_facts
from rusta.mind.model import Folder, Gguf, Model


@dataclass
class Fetch:
    """`rusta fetch`. A model that needs no download is left as it is."""

    model: Model
    home: Home
    network: Network
    output: Output = Output.text

    def run(self) -> None:
        """Download if needed, and print where the weights are."""
        if isinstance(self.model, (Gguf, Folder)):
            from rusta.mind.sources import fetch

            where = str(fetch(self.model, self.home, self.network))
        else:
            where = "made on the spot"
        facts = {"model": self.model.name, "where": where, "verified": self.model.present(self.home)}
        tell_facts(self.output, "fetched", facts, lambda: print_plain(f"{self.model.name}: {where}"))
