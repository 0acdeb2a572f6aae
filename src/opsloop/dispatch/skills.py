"""The self-improving skills that share one hook: which there are, when each is meant, who comes first.

A skill declares itself in ``dispatch.json`` beside its SKILL.md: ``{"domain", "words": [...], "reminder"}``. One that
has no such file is read from its SKILL.md: the domain from its name, the words from the section on its matcher scope.
Nothing is ever written into a skill's folder, and a skill's scripts run only when the user named it in
``[agents] run_scripts_of`` of opsloop.toml.
"""

from __future__ import annotations

from posix import listdir

from opsloop.clients.wire import loads

PREFIX = "self-improving-"
OURS = "self-improving-operations"
_PRECEDENCE = {"security": 0, "engineering": 1, "coding": 2, "ai": 3, "meta": 6}
_NAMED, _OTHER = 4, 5
_FOLDERS = (".claude/skills", ".agents/skills", ".codex/skills", ".github/skills", "skills")
_USER_FOLDERS = (".claude/skills", ".agents/skills", ".openclaw/skills", ".codex/skills")
_READ_AT_MOST = 64_000
_WORDS_AT_MOST = 60


class Skill:
    """``words`` are what its matcher looks for; ``folder`` holds its SKILL.md; ``reminder`` is text from outside."""

    __slots__ = ("domain", "folder", "name", "reminder", "words")

    def __init__(self, name: str, folder: str, domain: str, words: tuple[str, ...], reminder: str) -> None:
        self.name = name
        self.folder = folder
        self.domain = domain
        self.words = words
        self.reminder = reminder

    def meant_by(self, low: str) -> bool:
        """Does this text, in lower case, name the skill or one of its words?"""
        return self.name in low or any(word in low for word in self.words)

    def rank(self, low: str) -> int:
        """Its place in the order of precedence; a domain skill gains by being named."""
        named = self.domain in low.replace("-", " ").split() or self.name in low
        return _PRECEDENCE.get(self.domain, _NAMED if named else _OTHER)


def found(root: str, home: str) -> list[Skill]:
    """Every other self-improving skill of the project and of the user; of two with one name the project's."""
    places = [f"{root}/{place}" for place in _FOLDERS]
    places += [f"{home}/{place}" for place in _USER_FOLDERS if home]
    skills: dict[str, Skill] = {}
    for place in places:
        try:
            names = sorted(listdir(place))
        except OSError:
            continue
        for name in names:
            if name.startswith(PREFIX) and name != OURS and name not in skills:
                skill = _read(name, f"{place}/{name}")
                if skill is not None:
                    skills[name] = skill
    return list(skills.values())


def _read(name: str, folder: str) -> Skill | None:
    try:
        with open(f"{folder}/SKILL.md", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            text = file.read(_READ_AT_MOST)
    except OSError:
        return None
    domain = name[len(PREFIX) :]
    words, reminder = _scope(text), _description(text)
    try:
        with open(f"{folder}/dispatch.json", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            declared = loads(file.read(_READ_AT_MOST))
    except (OSError, ValueError):
        declared = {}
    if isinstance(declared, dict):
        domain = str(declared.get("domain") or domain).lower()
        listed = declared.get("words")
        words = [str(word).lower() for word in listed] if isinstance(listed, list) else words
        reminder = str(declared.get("reminder") or reminder)
    kept = tuple(word for word in dict.fromkeys((domain, *words)) if len(word) > 1)[:_WORDS_AT_MOST]
    return Skill(name, folder, domain, kept, reminder)


def _scope(text: str) -> list[str]:
    """The alternatives between bars or backquotes below the heading about the matcher's scope."""
    low = text.lower()
    start = low.find("matcher scope")
    if start < 0:
        return []
    section = low[start:].split("\n#", 1)[0]
    words: list[str] = []
    for line in section.splitlines()[1:]:
        if "|" in line or "`" in line:
            words += [word.strip(" `*-,.") for word in line.lstrip("-* \t").split("|")]
    return [word for word in words if word and len(word) < 40]


def _description(text: str) -> str:
    """The first sentence of the frontmatter's description."""
    for line in text.splitlines()[:20]:
        if line.startswith("description:"):
            return line.partition(":")[2].strip(" \"'").split(". ")[0]
    return ""
