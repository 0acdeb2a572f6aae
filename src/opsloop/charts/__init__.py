"""Pictures of results: Vega-Lite specifications (by Altair), drawn to SVG or PNG without a browser.

One function a picture, from the contract's plain results to a Picture. The title says the finding, the
description is the text alternative, missing data is a gap. Pages embed the themed SVG, whose colours are the
style sheet's; files get the plain one.
"""

from opsloop.charts.picture import Picture, png, svg, together

__all__ = ["Picture", "png", "svg", "together"]
