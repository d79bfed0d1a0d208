"""When she stops by herself."""

from rusta.loop.actions import Reply


class Stops:
    """Counts what she did in a turn."""

    def __init__(self, most: int = 8) -> None:
        self.most, self.steps, self.bad = most, 0, 0
        self.before: list[tuple[object, ...]] = []

    def heard(self, reply: Reply, tokens: int) -> str | None:
        """Why this reply is the last, or None."""
        self.steps += 1
        self.bad = self.bad + 1 if reply.problems and not reply.actions else 0
        self.before.append(reply.actions)
        if self.steps >= self.most:
            return f"{self.most} steps are enough for one request"
        if self.bad >= 3:
            return "I could not say what I want to do in a form that works"
        if len(self.before) >= 3 and len(set(self.before[-3:])) == 1:
            return "I keep doing the same"
        return None
