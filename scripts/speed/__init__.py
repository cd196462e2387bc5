"""The full comparison of speed behind `scripts/bench.py`: its clips, what it asks, and the page it writes."""
