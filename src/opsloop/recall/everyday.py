"""Words of every day, as stems: in a journal of a few hundred texts some are rare, and still they tell nothing.

The most frequent content words of English, and those in which work on documents and programs is asked for; without
what names a kind of trouble in the thesaurus.
"""

from __future__ import annotations

_WORDS = """
add answer app apply area ask begin best better big black blu blue book brown bui button buy cas case center
chang check choos class classs clean clear click clos color colour com come compar complet convert copy correct
count cover creat current dai dat date day deal decid defin describ design detail differenc different docu
document draft draw ear early easy edit end enter exampl expect explain export fac face featur field fil file
fill fin final find fine finish first fit fix follow font form format fre funct function gam game general
generat get giv give go goed going good gos great green group hand handl happen hard head hear help high history
hold hom home hour hous idea imag impl implement important improv includ insert item keep kind know larg last
lat late learn leav left less lesss letter level lif life lik like lin line list littl liv live local long look
lov love mak make many mark match matter mean meet meeting member menu menus merg method minut mobil mod mode
month morn morning mov move much nam name near need new next nice not note number object offer offic old open
opt option original pag page paper part past peopl perform pictur plac play point post present press presss
print problem product program project property pull purpos put quest question quick read ready real reason red
refactor remember renam rep replac reply report result return review right room row rul rule run sai sav save
say school sect section see seed seem seing select send sentenc shar short show sid side simpl singl siz size
small sort sound spac speak special spell stand stat step stop story str string structur study styl subject
suggest sum summary support sur sure tak take talk task team tell term text thing think time titl today together
top total town travel tre tri trip try turn typ type understand use used useful using valu variabl view visit
wai walk want watch way week whit whol wish word work world writ year yellow young
"""
EVERYDAY = frozenset(_WORDS.split())
