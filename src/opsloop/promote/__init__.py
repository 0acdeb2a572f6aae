"""Promotion: proven learnings become files of the project, as a diff that a person approves.

candidates   who qualifies, by which criterion of the mission, and what is still missing
related      which entries belong together
rejections   what was turned down, until there is new evidence
drafts       a target's files as they would be written: three-way, so that hand edits survive
merging      the three-way merge, and marked blocks inside somebody else's file
transaction  files and entries written together, repairable after a crash
branch       the same on a git branch, with one commit
"""
