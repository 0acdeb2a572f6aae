"""One event of one session: what each skill has to say to it, once, in order."""

from __future__ import annotations

from posix import getcwd, getpid, replace

from opsloop.clients.event import PROMPT, START, TOOL
from opsloop.dispatch import WINDOW_S, ground

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsloop.clients.event import Event
    from opsloop.dispatch import skills
    from opsloop.dispatch.memory import Memory

_FOREIGN_LIMIT = 300
"""Characters of another skill's own words."""


class Session:
    """``raw`` is what the client told, byte for byte: allowed scripts of other skills get the same."""

    def __init__(self, event: Event, raw: bytes, options: dict[str, str]) -> None:
        self.event = event
        self.raw = raw
        starts = (options.get("root", ""), event.cwd, getcwd(), ground.variable("CLAUDE_PROJECT_DIR"))
        self.root = ground.project(*starts)
        self.now = ground.clock(options.get("now"))

    def context(self) -> str:
        """What the model should know now; empty for what is benign, known, or said already."""
        event = self.event
        judged = None
        if event.moment == TOOL:
            from opsloop import rules

            if not rules.stirring(event.output.encode("utf-8", "replace")) and not event.exit_code:
                return ""
            judged = rules.classify(event.output, command=event.command or None, exit_code=event.exit_code)
            if not judged["operational"] and not self._has_neighbours():
                return ""
        if event.moment == PROMPT:
            from opsloop.dispatch.words import waking

            if not waking(event.prompt.lower().encode("utf-8", "replace")):
                return ""  # what woke us stood in a path or a name of the client's
        from opsloop.dispatch.memory import Memory
        from opsloop.dispatch.operations import Operations

        state = ground.state(self.root)
        memory = Memory(f"{state}/hooks.sqlite", event.session or "-", self.now)
        ours = Operations(self, memory, state)
        parts = [(ours.rank(), ours.to_tool(judged) if judged is not None else ours.to_words())]
        parts += self._others(memory, state)
        memory.forget()
        said = [text for _, text in sorted(parts, key=lambda part: part[0]) if text]
        if len(said) > 1:
            said.append("Where these conflict, the first one counts.")
        return "\n".join(said)

    def _others(self, memory: Memory, state: str) -> list[tuple[int, str]]:
        """Reminders of other self-improving skills that this prompt or output concerns."""
        from opsloop.dispatch import skills

        event = self.event
        if event.moment == START:
            return []
        found = skills.found(self.root, ground.variable("HOME"))
        self._wake_for(found, state)
        low = (event.prompt if event.moment == PROMPT else f"{event.command}\n{event.output}").lower()
        meant = (skill for skill in found if skill.meant_by(low) and memory.claim(f"reminder|{skill.name}", WINDOW_S))
        return [(skill.rank(low), self._foreign(skill)) for skill in meant]

    def _foreign(self, skill: skills.Skill) -> str:
        """What another skill says: a pointer to its SKILL.md, or what its script prints where the user allows that."""
        from opsloop.dispatch import scripts
        from opsloop.redact import clean_external

        said = ""
        if ground.is_folder(f"{skill.folder}/scripts") and skill.name in scripts.allowed(self.root):
            said = scripts.run(skill.folder, self.event.moment, self.raw, self.event.cwd)
        if not said:
            said = f"{skill.reminder} (read {skill.folder}/SKILL.md)"
        return f"{skill.name}: {clean_external(said, _FOREIGN_LIMIT)}"

    def _has_neighbours(self) -> bool:
        """Was another self-improving skill seen in this project or of this user? Then its words count too."""
        return ground.size(f"{self.root}/.opsloop/hook-words") > 0

    @staticmethod
    def _wake_for(found: list[skills.Skill], state: str) -> None:
        """Keep the words of other skills where the hook's first gate sees them."""
        wanted = "\n".join(dict.fromkeys(word for skill in found for word in skill.words)).encode()
        path = f"{state}/hook-words"
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                known = file.read()
        except OSError:
            known = b""
        if known != wanted:
            with open(f"{path}.{getpid()}", "wb") as file:  # noqa: PTH123
                file.write(wanted)
            replace(f"{path}.{getpid()}", path)
