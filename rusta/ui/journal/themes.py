"""The app's colours: a dark and a light theme, and the journals' colours in each."""

import os
from functools import cache

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from rusta.ui.journal import formats

DARK = Theme(
    name="rusta-dark",
    primary="#d7875f",
    secondary="#86aed1",
    accent="#d7875f",
    warning="#dcae68",
    error="#d3756b",
    success="#9bbd7f",
    foreground="#e4ded5",
    background="#1b1917",
    surface="#23201d",
    panel="#2c2824",
    dark=True,
)
LIGHT = Theme(
    name="rusta-light",
    primary="#a44e26",
    secondary="#2f628f",
    accent="#a44e26",
    warning="#8a5a08",
    error="#a2382f",
    success="#446d2c",
    foreground="#2a2521",
    background="#faf7f2",
    surface="#f2ece3",
    panel="#e8e0d4",
    dark=False,
)
THEMES = {"dark": DARK, "light": LIGHT}


def theme_named(said: str) -> Theme:
    """Return the theme by name; `auto` reads the terminal's COLORFGBG, and takes dark where it is not set."""
    if said == "auto":
        ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]
        said = "light" if ground in ("7", "15") else "dark"
    return THEMES[said]


def journal(name: str | None, dark: bool) -> str:
    """Return the colour of a journal."""
    return (formats.DARK if dark else formats.LIGHT).get(name or "", formats.NOWHERE)


@cache
def ink(dark: bool) -> Style:
    """Return the style of highlights: stars, matched words, the app's name."""
    return Style(color=(DARK if dark else LIGHT).primary)


@cache
def soft_ink(dark: bool) -> Style:
    """Return a weaker highlight, for headings such as the days of a list."""
    theme = DARK if dark else LIGHT
    return Style(color=Color.parse(theme.primary).blend(Color.parse(theme.background or "#000000"), 0.3).rich_color)


@cache
def ground(dark: bool, focused: bool) -> Style:
    """Return the background of the line under the cursor."""
    theme = DARK if dark else LIGHT
    over = Color.parse(theme.primary if focused else theme.foreground or "#888888")
    return Style(bgcolor=Color.parse(theme.background or "#000000").blend(over, 0.22 if focused else 0.08).rich_color)


@cache
def quiet(dark: bool) -> Style:
    """Return the style of secondary text: blended 42 % towards the background, equally faint in both themes."""
    theme = DARK if dark else LIGHT
    half = Color.parse(theme.foreground or "#888888").blend(Color.parse(theme.background or "#000000"), 0.42)
    return Style(color=half.rich_color)
