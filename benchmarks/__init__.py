"""Speed and growth, measured: peers and ours in one run, medians, ratios."""
