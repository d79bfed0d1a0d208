"""Yes and no as people say them; and what is neither is neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.loop.gates.yes_no import ReplyMeaning, understood

YES = """y|Y|yes|Yes.|YES!|yep|yeah|yup|ok|OK|okay|Ok.|k|sure|Sure!|sure thing|of course|yes please|yes, please|please do|please
go ahead|go for it|do it|yes, do it|ok do it|yes go ahead|Yes, go ahead please.|ok, go ahead|make it so|sounds good|looks good
looks good to me|that looks good, thanks|LGTM|ship it|apply it|yes apply the fix|ok, apply that|absolutely|definitely|fine
fine by me|alright|all right|by all means|that's fine|yes, that's fine|it's ok|sure, why not|no problem|no worries|I don't mind
I agree|agreed|approved|yes thank you|yes yes|ok ok|right, do it|good|perfect|great, thanks|that is right|yes, make the change
go|proceed|continue|you may|yes you may|👍|okay then|ok, sure|well, yes|yes!!|do that|I'm fine with that""".replace(
    "\n", "|"
).split("|")
NO = """n|N|no|No.|NO!|nope|nah|no thanks|no, thank you|not now|not yet|don't|don’t|please don't|cancel|stop|never
skip it|later""".replace("\n", "|").split("|")
WHY = {
    "no, the whole list is copied for one name": "the whole list is copied for one name",
    "no: not before the release": "not before the release",
    "No - I'd rather borrow it": "I'd rather borrow it",
    "nope, keep the thread": "keep the thread",
    "don't copy the list": "don't copy the list",
    "not before the release": "not before the release",
    "no copies in here": "no copies in here",
    "I don't want a clone there": "I don't want a clone there",
}
UNCLEAR = """|   |hm|hmm|maybe|perhaps|what?|why?|why|yes?|ok?|not sure|I'm not sure|no idea|I don't know
I guess|x|yn|yes no|no yes|no, go ahead
what does it cost?|no?|is it safe?|show me the diff|yes but not the second part|yes, but borrow it instead|ok, except for the clone
sure, if the tests pass|the whole list is copied for one name|fix it|/undo|okay I will look|yes and no|a|always|explain
help|wait|y not|good question|go away|make it faster|please explain|do nothing|change it to a borrow""".replace(
    "\n", "|"
).split("|")


@pytest.mark.parametrize("said", YES)
def test_a_yes_is_a_yes_in_the_ways_people_say_it(said: str) -> None:
    assert understood(said).meaning is ReplyMeaning.yes


@pytest.mark.parametrize("said", NO)
def test_a_plain_no_has_no_reason(said: str) -> None:
    assert understood(said) == understood("no") and understood("no").meaning is ReplyMeaning.no


@pytest.mark.parametrize(("said", "why"), list(WHY.items()))
def test_a_no_may_say_why(said: str, why: str) -> None:
    answer = understood(said)
    assert (answer.meaning, answer.why) == (ReplyMeaning.no, why)


@pytest.mark.parametrize("said", UNCLEAR)
def test_what_is_neither_is_unclear(said: str) -> None:
    assert understood(said).meaning is ReplyMeaning.unclear


@pytest.mark.parametrize("said", ["a", "always", "Always here", "yes, always"])
def test_always_is_one_where_it_is_remembered(said: str) -> None:
    assert understood(said, remembered=True).meaning is ReplyMeaning.always
    assert understood(said).meaning is not ReplyMeaning.no


@given(st.text())
def test_no_text_is_taken_for_a_yes_unless_all_of_it_is(said: str) -> None:
    assert understood(f"{said} borrow").meaning is not ReplyMeaning.yes
    assert understood(said).meaning in ReplyMeaning
