"""The part that Lightning drives."""

from torch import nn

from rusta.training.lit_module import LitPhase
from rusta.training.optim.muon import AdamW
from rusta.training.optim.schedule import Constant


def test_a_model_stays_on_its_device_where_lightning_would_bring_it_to_ram() -> None:
    model = nn.Linear(2, 2, device="meta")  # which cannot be brought anywhere
    apprentice = LitPhase(model, AdamW, Constant(), 1)
    assert apprentice.cpu() is apprentice  # what a strategy's teardown calls
    assert model.weight.is_meta
